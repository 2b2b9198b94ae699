export * from '@medcenter/stage-06-grpc/cache';
export * from './with-cache-spans.ts';
