export * from '@medcenter/stage-06-grpc/schema';
