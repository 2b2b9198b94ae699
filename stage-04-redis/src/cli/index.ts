export * from '@medcenter/stage-03-postgres/cli';
export { type AccessCliDeps, createCli } from './create-cli.ts';
export * from './read-password.ts';
