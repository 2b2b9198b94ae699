export * from './check.ts';
export * from './data-file.ts';
export type * from './equal.ts';
export * from './patient.ts';
