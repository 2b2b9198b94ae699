export * from '@medcenter/stage-05-events/schema';
export * from './schedule.ts';
