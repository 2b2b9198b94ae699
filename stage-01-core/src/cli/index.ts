export * from './create-cli.ts';
export * from './patient-views.ts';
export * from './run-cli.ts';
export * from './terminal.ts';
export * from './usage-error.ts';
