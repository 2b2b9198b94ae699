export * from '@medcenter/stage-04-redis/config';
export { variables } from './variables.ts';
