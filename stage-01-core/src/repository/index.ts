export * from './json-file/index.ts';
export * from './memory.ts';
export * from './mutex.ts';
export * from './snapshot.ts';
export * from './storage.ts';
export * from './transaction.ts';
