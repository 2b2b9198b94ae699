export * from '@medcenter/stage-04-redis/schema';
export * from './event.ts';
export * from './statistics.ts';
