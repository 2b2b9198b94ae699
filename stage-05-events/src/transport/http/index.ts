export * from '@medcenter/stage-04-redis/transport/http';
export * from './access-rules.ts';
export * from './statistics-routes.ts';
