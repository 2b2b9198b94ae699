export * from './migrate-sqlite.ts';
export * from './open-sqlite.ts';
