export * from './check.ts';
export * from './data-file.ts';
export * from './patient.ts';
