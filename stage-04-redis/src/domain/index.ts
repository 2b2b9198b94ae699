export * from '@medcenter/stage-03-postgres/domain';
export * from './account.ts';
export * from './audit.ts';
export * from './refusals.ts';
export * from './session.ts';
