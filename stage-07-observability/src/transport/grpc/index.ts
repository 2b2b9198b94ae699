export * from '@medcenter/stage-06-grpc/transport/grpc';
export * from './observe-calls.ts';
export * from './open-health-client.ts';
