export * from '@medcenter/stage-01-core/config';
export * from './by-schema.ts';
export { LOG_LEVELS, type LogLevel, variables } from './variables.ts';
