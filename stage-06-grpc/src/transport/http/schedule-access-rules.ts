import { type AccessRules, eventAccessRules } from '@medcenter/stage-05-events/transport/http';
import { SCHEDULE_ROLES } from '../../domain/index.ts';

const { read, change } = SCHEDULE_ROLES;

/** Role by route, with the routes of this stage. */
export const scheduleAccessRules: AccessRules = {
  ...eventAccessRules,
  'GET /api/v1/doctors/:id/schedule': read,
  'PUT /api/v1/doctors/:id/schedule': change,
  'GET /api/v1/doctors/:id/slots': read,
  'GET /api/v1/doctors/:id/appointments/stream': read,
};
