export * from './migrate-postgres.ts';
export * from './open-postgres.ts';
export { placeOf } from './place.ts';
