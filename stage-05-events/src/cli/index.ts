export * from '@medcenter/stage-04-redis/cli';
export { createCli, type EventCliDeps } from './create-cli.ts';
