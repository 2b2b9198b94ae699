export * from '@medcenter/stage-03-postgres/app';
export * from './describe-needs.ts';
export * from './open-adapters.ts';
export * from './open-records.ts';
export { runCommandLine } from './run-command-line.ts';
export { start } from './start.ts';
export * from './who-runs-this.ts';
