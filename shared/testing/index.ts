export * from './folder.ts';
export * from './program.ts';
