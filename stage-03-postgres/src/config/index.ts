export * from '@medcenter/stage-02-http/config';
export { variables } from './variables.ts';
