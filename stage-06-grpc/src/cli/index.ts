export * from '@medcenter/stage-05-events/cli';
export { createCli, type ScheduleCliDeps } from './create-cli.ts';
