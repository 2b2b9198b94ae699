export * from '@medcenter/stage-03-postgres/test/contracts';
export * from './lease-cache-contract.ts';
export * from './login-throttle-contract.ts';
export * from './session-store-contract.ts';
