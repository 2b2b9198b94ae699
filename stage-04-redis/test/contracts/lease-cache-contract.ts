import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CacheTimes, LeaseCache } from '../../src/cache/index.ts';

/** What every cache of copies promises. `open` gives an empty one. */
export function leaseCacheContract(
  name: string,
  open: (t: TestContext, times: CacheTimes) => Promise<LeaseCache>,
): void {
  const LONG: CacheTimes = { ttlMs: 60_000, leaseMs: 60_000, holdMs: 60_000 };
  const key = () => `patient:${randomUUID()}`;

  describe(`${name} keeps the contract of a lease cache`, () => {
    test('who finds nothing has the lease, and may fill; the others see that somebody will', async (t) => {
      const cache = await open(t, LONG);
      const one = key();
      assert.deepEqual(await cache.look(one, 'a'), { found: 'nothing' });
      assert.deepEqual(await cache.look(one, 'b'), { found: 'lease' });
      await cache.fill(one, 'a', '{"n":1}');
      assert.deepEqual(await cache.look(one, 'c'), { found: 'value', value: '{"n":1}' });
      assert.deepEqual(await cache.look(key(), 'd'), { found: 'nothing' });
    });

    test('of 50 who look at once, one has the lease', async (t) => {
      const cache = await open(t, LONG);
      const one = key();
      const looks = await Promise.all(Array.from({ length: 50 }, (_, n) => cache.look(one, `${n}`)));
      assert.equal(looks.filter(({ found }) => found === 'nothing').length, 1);
      assert.equal(looks.filter(({ found }) => found === 'lease').length, 49);
    });

    test('a fill without the lease lands nowhere', async (t) => {
      const cache = await open(t, LONG);
      const one = key();
      await cache.fill(one, 'never given', 'x');
      assert.deepEqual(await cache.look(one, 'a'), { found: 'nothing' });
      await cache.fill(one, 'b', 'x');
      assert.deepEqual(await cache.look(one, 'c'), { found: 'lease' });
      await cache.fill(one, 'a', 'y');
      await cache.fill(one, 'a', 'z');
      assert.deepEqual(await cache.look(one, 'd'), { found: 'value', value: 'y' });
    });

    test('a lease is given back by a fill without a value', async (t) => {
      const cache = await open(t, LONG);
      const one = key();
      await cache.look(one, 'a');
      await cache.fill(one, 'a', undefined);
      assert.deepEqual(await cache.look(one, 'b'), { found: 'nothing' });
    });

    test('a hold takes away the copy and the lease, and lets nobody fill until its release', async (t) => {
      const cache = await open(t, LONG);
      const [filled, leased] = [key(), key()];
      await cache.look(filled, 'a');
      await cache.fill(filled, 'a', 'old');
      await cache.look(leased, 'b');
      for (const each of [filled, leased]) await cache.hold(each, 'writer');
      await cache.fill(leased, 'b', 'old');
      for (const each of [filled, leased]) {
        assert.deepEqual(await cache.look(each, 'c'), { found: 'hold' });
        await cache.release(each, 'writer');
        assert.deepEqual(await cache.look(each, 'd'), { found: 'nothing' });
      }
      await cache.fill(leased, 'b', 'old');
      assert.deepEqual(await cache.look(leased, 'e'), { found: 'lease' });
    });

    test('a release takes away whatever stands there, but for the hold of another', async (t) => {
      const cache = await open(t, LONG);
      const one = key();
      await cache.release(one, 'writer');
      await cache.look(one, 'a');
      await cache.fill(one, 'a', 'old');
      await cache.release(one, 'writer');
      assert.deepEqual(await cache.look(one, 'b'), { found: 'nothing' });
      await cache.release(one, 'writer');
      assert.deepEqual(await cache.look(one, 'c'), { found: 'nothing' });
      await cache.hold(one, 'first');
      await cache.hold(one, 'second');
      await cache.release(one, 'first');
      assert.deepEqual(await cache.look(one, 'd'), { found: 'hold' });
      await cache.release(one, 'second');
      assert.deepEqual(await cache.look(one, 'e'), { found: 'nothing' });
    });

    test('copy, lease and hold each end by themselves', async (t) => {
      const cache = await open(t, { ttlMs: 150, leaseMs: 150, holdMs: 150 });
      const [filled, leased, held] = [key(), key(), key()];
      await cache.look(filled, 'a');
      await cache.fill(filled, 'a', 'x');
      await cache.look(leased, 'b');
      await cache.hold(held, 'writer');
      await sleep(250);
      for (const each of [filled, leased, held]) {
        assert.deepEqual(await cache.look(each, 'c'), { found: 'nothing' }, each);
      }
      await cache.fill(leased, 'b', 'late');
      assert.deepEqual(await cache.look(leased, 'd'), { found: 'lease' });
    });
  });
}
