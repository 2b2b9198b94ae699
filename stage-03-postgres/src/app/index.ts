export * from '@medcenter/stage-02-http/app';
export { runCommandLine } from './run-command-line.ts';
export { start } from './start.ts';
