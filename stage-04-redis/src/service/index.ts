export * from '@medcenter/stage-03-postgres/service';
export * from './audit-reader.ts';
