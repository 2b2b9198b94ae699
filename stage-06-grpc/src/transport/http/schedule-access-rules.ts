import { type AccessRules, eventAccessRules } from '@medcenter/stage-05-events/transport/http';

const admin = { admin: 'all' } as const;
const staff = { ...admin, receptionist: 'all', doctor: 'all' } as const;

/** Role by route, with the routes of this stage. */
export const scheduleAccessRules: AccessRules = {
  ...eventAccessRules,
  'GET /api/v1/doctors/:id/schedule': staff,
  'PUT /api/v1/doctors/:id/schedule': admin,
  'GET /api/v1/doctors/:id/slots': staff,
  'GET /api/v1/doctors/:id/appointments/stream': staff,
};
