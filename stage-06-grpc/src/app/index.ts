export * from '@medcenter/stage-05-events/app';
export * from './callers.ts';
export * from './find-schedule.ts';
export { runCommandLine } from './run-command-line.ts';
export * from './schedule-process.ts';
export * from './serve-schedule.ts';
export { start } from './start.ts';
export * from './start-schedule.ts';
