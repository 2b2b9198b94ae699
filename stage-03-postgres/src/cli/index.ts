export * from '@medcenter/stage-02-http/cli';
export { type ClinicCliDeps, createCli } from './create-cli.ts';
