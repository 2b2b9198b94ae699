export * from '@medcenter/stage-05-events/config';
export * from './environment-of.ts';
export { variables } from './variables.ts';
