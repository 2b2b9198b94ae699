export * from '@medcenter/stage-04-redis/test/contracts';
export * from './event-log-contract.ts';
export * from './event-samples.ts';
export * from './eventually.ts';
