export * from './lease-cache.ts';
export * from './memory-cache.ts';
export * from './no-cache.ts';
export * from './redis.ts';
export * from './redis-cache.ts';
