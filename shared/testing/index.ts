export * from './folder.ts';
export * from './lines.ts';
export * from './program.ts';
