export * from '@medcenter/stage-06-grpc/transport/http';
export * from './load-guard.ts';
export * from './observe-requests.ts';
export * from './operations-routes.ts';
export * from './readiness.ts';
export * from './say-farewell.ts';
