export * from '@medcenter/stage-05-events/transport/http';
export * from './audit-denials.ts';
export * from './day-stream-routes.ts';
export * from './schedule-access-rules.ts';
export * from './schedule-examples.ts';
export * from './schedule-routes.ts';
