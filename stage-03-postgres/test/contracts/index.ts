export * from '@medcenter/stage-02-http/test/contracts';
export * from './clinic-http-contract.ts';
export * from './clinic-samples.ts';
export * from './clinic-storage-contract.ts';
