export * from '@medcenter/stage-05-events/repository';
export { migrations } from './migrations.ts';
export * from './sql-appointment-times.ts';
export * from './sql-schedules.ts';
export * from './with-slots.ts';
