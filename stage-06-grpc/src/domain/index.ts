export * from '@medcenter/stage-05-events/domain';
export * from './schedule.ts';
export * from './schedule-record.ts';
export * from './schedule-roles.ts';
export * from './schedule-rules.ts';
export * from './slots.ts';
export * from './time-zones.ts';
