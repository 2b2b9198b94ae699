export * from './app.ts';
export * from './cursor.ts';
export * from './entity-tag.ts';
export * from './json-body.ts';
export * from './other-methods.ts';
export * from './patient-routes.ts';
export * from './problem.ts';
export * from './request-id.ts';
