export * from '@medcenter/stage-06-grpc/config';
export { variables } from './variables.ts';
