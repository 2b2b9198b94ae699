export * from '@medcenter/stage-02-http/domain';
export * from './appointment-text.ts';
export * from './doctor.ts';
export * from './idempotency.ts';
export * from './unavailable.ts';
export * from './uuid.ts';
