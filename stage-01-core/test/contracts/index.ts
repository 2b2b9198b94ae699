export * from './samples.ts';
export * from './storage-contract.ts';
