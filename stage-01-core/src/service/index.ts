export * from './clock.ts';
export * from './patients.ts';
export * from './scheduling.ts';
