export * from '@medcenter/stage-05-events/test/contracts';
export * from './schedule-samples.ts';
export * from './schedule-service-contract.ts';
