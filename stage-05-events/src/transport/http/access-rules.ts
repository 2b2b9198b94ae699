import { type AccessRules, accessRules as inherited } from '@medcenter/stage-04-redis/transport/http';

/** Role by route, with the routes of this stage. */
export const eventAccessRules: AccessRules = {
  ...inherited,
  'GET /api/v1/statistics': { admin: 'all', receptionist: 'all', doctor: 'all' },
};
