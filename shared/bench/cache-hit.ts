import { fillClinic, idOf } from '@medcenter/stage-03-postgres/test/fixtures';
import { type CacheResult, createRedisCache, USUAL_TIMES } from '@medcenter/stage-04-redis/cache';
import { createSqlStorage, withPatientCache } from '@medcenter/stage-04-redis/repository';
import { open, openBenchPostgres } from './bench-postgres.ts';
import { openBenchRedis } from './bench-redis.ts';
import type { Figures, PairedCase } from './paired.ts';

const LOOKS = 5_000;
const AT_ONCE = 20;
const ttlMs = 3_600_000;

/** Looking up patients of whom Redis has a copy, and patients of whom it has none yet. */
export const cacheHitCase: PairedCase = {
  name: 'cache-hit',
  what: `${LOOKS} patients looked up in stage 4's storage, ${AT_ONCE} at a time: a hit in Redis beside a miss, which asks Redis, then PostgreSQL, and makes the copy`,
  ratios: {
    throughput: ({ looksPerSecond: hits = Number.NaN }, { looksPerSecond: misses = Number.NaN }) =>
      hits / misses,
  },
  async open() {
    await using stack = new AsyncDisposableStack();
    const postgres = stack.use(await openBenchPostgres());
    const redis = await openBenchRedis(stack);
    const database = await open(await postgres.create('cache_hit'));
    await fillClinic(database, { patients: LOOKS, doctors: 10, appointments: 0, busyDoctors: 10 });
    let results: CacheResult[] = [];
    const storage = withPatientCache(createSqlStorage(database), {
      cache: createRedisCache(redis, { ...USUAL_TIMES, ttlMs }),
      onLook: (result) => results.push(result),
    });
    stack.defer(() => storage.close());

    const lookAll = async (expected: CacheResult): Promise<Figures> => {
      results = [];
      const begun = performance.now();
      let next = 0;
      const reader = async () => {
        while (next < LOOKS) await storage.patients.find(idOf('patient', ++next));
      };
      await Promise.all(Array.from({ length: AT_ONCE }, reader));
      const seconds = (performance.now() - begun) / 1_000;
      if (results.some((result) => result !== expected)) throw new Error(`not every look was a ${expected}`);
      return { looksPerSecond: LOOKS / seconds };
    };
    const opened = stack.move();
    return {
      async subject() {
        await Promise.all(
          Array.from({ length: LOOKS }, (_, n) => storage.patients.find(idOf('patient', n + 1))),
        );
        return lookAll('hit');
      },
      async control() {
        await redis.ask((client) => client.flushDb());
        return lookAll('miss');
      },
      [Symbol.asyncDispose]: () => opened.disposeAsync(),
    };
  },
};
