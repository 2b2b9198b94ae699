export * from '@medcenter/stage-01-core/domain';
export * from './precondition.ts';
export * from './read-only.ts';
