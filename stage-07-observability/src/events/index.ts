export * from '@medcenter/stage-06-grpc/events';
export * from './with-event-traces.ts';
export * from './with-traceparent.ts';
