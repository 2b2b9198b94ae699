export * from '@medcenter/stage-06-grpc/service';
export * from './with-spans.ts';
