export * from '@medcenter/stage-03-postgres/repository';
export * from './audit-log.ts';
export { migrations } from './migrations.ts';
export * from './sql-accounts.ts';
export * from './sql-audit.ts';
export * from './with-audit.ts';
export * from './with-patient-cache.ts';
