export * from '@medcenter/stage-06-grpc/repository';
export * from './pending-events.ts';
export * from './with-sql-spans.ts';
