export * from '@medcenter/stage-04-redis/app';
export * from './new-event.ts';
export * from './open-log.ts';
export { runCommandLine } from './run-command-line.ts';
export { start } from './start.ts';
export * from './start-workers.ts';
