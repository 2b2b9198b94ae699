export * from './data-file-error.ts';
export * from './file-lock.ts';
export * from './json-storage.ts';
