export * from '@medcenter/stage-03-postgres/config';
export { variables } from './variables.ts';
