export * from './config-error.ts';
export * from './environment.ts';
export * from './read-config.ts';
export * from './variables.ts';
