export * from '@medcenter/stage-03-postgres/schema';
export * from './account.ts';
export * from './audit.ts';
