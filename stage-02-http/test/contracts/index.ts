export * from '@medcenter/stage-01-core/test/contracts';
export * from './client.ts';
export * from './patient-http-contract.ts';
