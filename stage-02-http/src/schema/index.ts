export * from '@medcenter/stage-01-core/schema';
export * from './http.ts';
export * from './text.ts';
