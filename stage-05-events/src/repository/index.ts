export * from '@medcenter/stage-04-redis/repository';
export { migrations } from './migrations.ts';
export * from './sql-inbox.ts';
export * from './sql-leases.ts';
export * from './sql-outbox.ts';
export * from './sql-redriven.ts';
export * from './sql-reminders.ts';
export * from './sql-statistics.ts';
export * from './with-outbox.ts';
