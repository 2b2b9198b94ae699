export * from '@medcenter/stage-03-postgres/transport/http';
export * from './access-rules.ts';
export * from './add-access.ts';
export * from './audit-routes.ts';
export * from './auth-routes.ts';
export * from './own-appointment.ts';
export * from './statuses.ts';
