export * from '@medcenter/stage-01-core/app';
export { start as runCommandLine } from '@medcenter/stage-01-core/app';
export * from './assemble.ts';
export * from './serve.ts';
export { start } from './start.ts';
