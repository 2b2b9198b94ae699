import { suite } from 'node:test';
import { needsRedis } from '@medcenter/shared/testing/redis';
import { createMemoryCache, createRedisCache } from '../src/cache/index.ts';
import { leaseCacheContract } from './contracts/index.ts';
import { connectRedis } from './support.ts';

leaseCacheContract('the cache in the process', async (_t, times) =>
  createMemoryCache({ ...times, size: 100, othersCommits: () => 0 }),
);

suite('Redis', needsRedis(), () => {
  leaseCacheContract('the cache in Redis', async (t, times) =>
    createRedisCache(await connectRedis(t), times),
  );
});
