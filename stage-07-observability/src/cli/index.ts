export * from '@medcenter/stage-06-grpc/cli';
export { createCli, type ObservedCliDeps } from './create-cli.ts';
export * from './draw-trace.ts';
