export * from '@medcenter/stage-04-redis/service';
export * from './statistics.ts';
