export * from '@medcenter/stage-04-redis/domain';
export * from './event.ts';
export * from './reminder.ts';
export * from './statistics.ts';
