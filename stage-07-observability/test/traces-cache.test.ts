import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { suite, type TestContext, test } from 'node:test';
import { createRedisUrl, needsRedis } from '@medcenter/shared/testing/redis';
import {
  type CacheTimes,
  createMemoryCache,
  createNoCache,
  createRedisCache,
  type LeaseCache,
  openRedis,
  withCacheSpans,
} from '../src/cache/index.ts';
import { leaseCacheContract } from './contracts/index.ts';
import { allTold, createTraces, inSpan, namesOf, spanOf } from './traces-support.ts';

const TIMES: CacheTimes = { ttlMs: 60_000, leaseMs: 60_000, holdMs: 60_000 };

async function openRedisCache(t: TestContext, times: CacheTimes): Promise<LeaseCache> {
  const redis = await openRedis({ url: await createRedisUrl(t), prefix: '', timeoutMs: 2_000 });
  t.after(() => redis.close());
  return createRedisCache(redis, times);
}

for (const { name, suite: options, open } of [
  {
    name: 'the cache in the process',
    suite: {},
    open: async (_t: TestContext, times: CacheTimes) =>
      createMemoryCache({ ...times, size: 100, othersCommits: () => 0 }),
  },
  { name: 'Redis', suite: needsRedis(), open: openRedisCache },
]) {
  suite(`spans of ${name}`, options, () => {
    test('tell what was found, and of which kind; not the key, nor what stands there', async (t) => {
      const traces = createTraces(t);
      const cache = withCacheSpans(await open(t, TIMES), traces.tracing);
      const id = randomUUID();
      const key = `patient:1:${id}`;
      await inSpan(traces, async () => {
        await cache.look(key, 'lease of mine');
        await cache.fill(key, 'lease of mine', '{"lastName":"Secret"}');
        assert.deepEqual(await cache.look(key, 'b'), { found: 'value', value: '{"lastName":"Secret"}' });
        await cache.hold(key, 'holder of mine');
        await cache.look(key, 'c');
        await cache.release(key, 'holder of mine');
      });
      const spans = await traces.end();
      assert.deepEqual(
        spans.map((span) => [span.name, span.attributes['cache.result']]),
        [
          ['cache look', 'nothing'],
          ['cache fill', undefined],
          ['cache look', 'value'],
          ['cache hold', undefined],
          ['cache look', 'hold'],
          ['cache release', undefined],
          ['outer', undefined],
        ],
      );
      for (const span of spans.slice(0, -1)) {
        assert.equal(span.attributes['cache.key.kind'], 'patient');
        assert.equal(span.parentSpanContext?.spanId, spanOf(spans, 'outer').spanContext().spanId);
      }
      assert.doesNotMatch(allTold(spans), new RegExp(`${id}|Secret|of mine`));
    });

    test('are not made outside of a span', async (t) => {
      const traces = createTraces(t);
      const cache = withCacheSpans(await open(t, TIMES), traces.tracing);
      await cache.look('patient:1', 'a');
      await cache.release('patient:1', 'a');
      assert.deepEqual(await traces.end(), []);
    });

    leaseCacheContract(`${name}, in spans`, async (t, times) => {
      const traces = createTraces(t);
      const cache = withCacheSpans(await open(t, times), traces.tracing);
      return {
        longestLifeMs: cache.longestLifeMs,
        look: (...values) => inSpan(traces, () => cache.look(...values)),
        fill: (...values) => inSpan(traces, () => cache.fill(...values)),
        hold: (...values) => inSpan(traces, () => cache.hold(...values)),
        release: (...values) => inSpan(traces, () => cache.release(...values)),
      };
    });
  });
}

suite('where there is no cache', () => {
  test('no span says so each time', async (t) => {
    const traces = createTraces(t);
    const cache = withCacheSpans(createNoCache(), traces.tracing);
    await inSpan(traces, () => assert.rejects(cache.look('patient:1', 'a'), { code: 'unavailable' }));
    assert.deepEqual(namesOf(await traces.end()), ['outer']);
  });
});
