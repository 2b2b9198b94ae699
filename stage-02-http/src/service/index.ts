export * from '@medcenter/stage-01-core/service';
export * from './patient-registry.ts';
