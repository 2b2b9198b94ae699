export * from '@medcenter/stage-02-http/app';
export * from './database-options.ts';
export * from './repeat.ts';
export { runCommandLine } from './run-command-line.ts';
export { start } from './start.ts';
