import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { suite, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRedisUrl, needsRedis } from '@medcenter/shared/testing/redis';
import {
  type CacheResult,
  createMemoryCache,
  createNoCache,
  createRedisCache,
  type LeaseCache,
  USUAL_TIMES,
} from '../src/cache/index.ts';
import { type Patient, unavailable } from '../src/domain/index.ts';
import { type ClinicStorage, createMemoryStorage, withPatientCache } from '../src/repository/index.ts';
import { clinicStorageContract, samplePatient } from './contracts/index.ts';
import { connectRedis, openStorage, SQLITE } from './support.ts';

const TTL_MS = 60_000;
const TIMES = { ...USUAL_TIMES, ttlMs: TTL_MS };

interface SharedCache {
  /** The way of one process to it. */
  connect(): Promise<LeaseCache>;
  /** Puts a text there as a copy, whatever it is. */
  put(key: string, text: string): Promise<void>;
  /** Takes away what is there. */
  drop(key: string): Promise<void>;
}
type OpenCache = (t: TestContext, ttlMs?: number) => Promise<SharedCache>;

const openMemory: OpenCache = async (_t, ttlMs = TTL_MS) => {
  const cache = createMemoryCache({ ...TIMES, ttlMs, size: 1_000, othersCommits: () => 0 });
  return share(cache, async () => cache);
};

const openRedisCache: OpenCache = async (t, ttlMs = TTL_MS) => {
  const place = { url: await createRedisUrl(t), prefix: `${randomUUID()}:` };
  const connect = async () => createRedisCache(await connectRedis(t, place), { ...TIMES, ttlMs });
  return share(await connect(), connect);
};

function share(cache: LeaseCache, connect: SharedCache['connect']): SharedCache {
  return {
    connect,
    async put(key, text) {
      await cache.release(key, '');
      await cache.look(key, 'test');
      await cache.fill(key, 'test', text);
    },
    drop: (key) => cache.release(key, ''),
  };
}

/** A database whose reads of patients are counted, and can be held up after the row was read. */
async function openDatabase(t: TestContext) {
  return watch(await openStorage(t, await SQLITE.place(t)));
}

/** Where thousands of changes are made: in memory, with what a cache needs of a storage. */
const openQuickDatabase = () => watch(createMemoryStorage() as unknown as ClinicStorage);

function watch(storage: ClinicStorage) {
  const state = { reads: 0, gate: undefined as Promise<void> | undefined };
  const watched: ClinicStorage = {
    ...storage,
    patients: {
      ...storage.patients,
      async find(id) {
        state.reads += 1;
        const found = await storage.patients.find(id);
        await state.gate;
        return found;
      },
    },
  };
  const add = async () => {
    const patient = samplePatient();
    await storage.transaction((tx) => tx.patients.insert(patient));
    return patient;
  };
  return { storage: watched, state, add };
}

/** One process: the database behind the cache, and what the looks found. */
function open(storage: ClinicStorage, cache: LeaseCache) {
  const results: CacheResult[] = [];
  const cached = withPatientCache(storage, {
    cache,
    onLook: (result) => results.push(result),
  });
  const find = async (id: string) => (await cached.patients.find(id))?.version;
  return { ...cached, find, results };
}

const change = (storage: ClinicStorage, patient: Patient, version: number) =>
  storage.transaction((tx) => tx.patients.update({ ...patient, version }));

const keyOf = ({ id }: Patient) => `patient:1:${id}`;

for (const { name, skip, openCache } of [
  { name: 'the cache in the process', skip: false, openCache: openMemory },
  { name: 'the cache in Redis', ...needsRedis(), openCache: openRedisCache },
]) {
  suite(name, { skip }, () => {
    clinicStorageContract(`a storage behind ${name}`, async (t) => {
      const { storage } = await openDatabase(t);
      return withPatientCache(storage, { cache: await (await openCache(t)).connect() });
    });

    test('the first look asks the database, the next ones do not', async (t) => {
      const { storage, state, add } = await openDatabase(t);
      const [patient, cache] = [await add(), await openCache(t)];
      const [one, other] = [open(storage, await cache.connect()), open(storage, await cache.connect())];
      assert.deepEqual(await one.patients.find(patient.id), patient);
      await sleep(50);
      assert.deepEqual(await one.patients.find(patient.id), patient);
      assert.deepEqual(await other.patients.find(patient.id), patient);
      assert.deepEqual([one.results, other.results, state.reads], [['miss', 'hit'], ['hit'], 1]);
    });

    test('of 200 who look at once for somebody who is not there, few ask the database', async (t) => {
      const { storage, state } = await openDatabase(t);
      const one = open(storage, await (await openCache(t)).connect());
      const id = samplePatient().id;
      state.gate = sleep(30);
      const found = await Promise.all(Array.from({ length: 200 }, () => one.find(id)));
      assert.deepEqual(new Set(found), new Set([undefined]));
      assert.ok(state.reads <= 10, `${state.reads} reads`);
    });

    test('of 200 callers of a slow database in one process, one asks it', async (t) => {
      const { storage, state, add } = await openDatabase(t);
      const patient = await add();
      const one = open(storage, await (await openCache(t)).connect());
      state.gate = sleep(500);
      await Promise.all(Array.from({ length: 200 }, () => one.find(patient.id)));
      assert.equal(state.reads, 1);
    });

    test('of 200 callers of a slow database few ask it, also from two processes', async (t) => {
      const { storage, state, add } = await openDatabase(t);
      const [patient, cache] = [await add(), await openCache(t)];
      const [one, other] = [open(storage, await cache.connect()), open(storage, await cache.connect())];
      state.gate = sleep(600);
      const found = await Promise.all(
        Array.from({ length: 200 }, (_, n) => (n % 2 ? one : other).find(patient.id)),
      );
      assert.deepEqual(new Set(found), new Set([1]));
      assert.ok(state.reads <= 10, `${state.reads} reads`);
    });

    test('who is not there is looked for in the database each time', async (t) => {
      const { storage, state } = await openDatabase(t);
      const one = open(storage, await (await openCache(t)).connect());
      const id = samplePatient().id;
      for (let n = 1; n <= 3; n++) {
        assert.equal(await one.find(id), undefined);
        await sleep(20);
      }
      assert.deepEqual([state.reads, one.results], [3, ['miss', 'miss', 'miss']]);
    });

    test('after a change the next look is the new one, and after a removal nobody, in each process', async (t) => {
      const { storage, add } = await openDatabase(t);
      const [patient, cache] = [await add(), await openCache(t)];
      const [one, other] = [open(storage, await cache.connect()), open(storage, await cache.connect())];
      for (let version = 2; version <= 20; version++) {
        await Promise.all([one.find(patient.id), other.find(patient.id)]);
        await change(version % 2 ? one : other, patient, version);
        assert.deepEqual(await Promise.all([one.find(patient.id), other.find(patient.id)]), [
          version,
          version,
        ]);
      }
      await one.transaction((tx) => tx.patients.delete(patient.id));
      assert.deepEqual(await Promise.all([one.find(patient.id), other.find(patient.id)]), [
        undefined,
        undefined,
      ]);
    });

    test('a transaction that comes to nothing leaves what was there', async (t) => {
      const { storage, add } = await openDatabase(t);
      const patient = await add();
      const one = open(storage, await (await openCache(t)).connect());
      const failed = one.transaction(async (tx) => {
        await tx.patients.update({ ...patient, version: 2 });
        throw new Error('changed my mind');
      });
      await assert.rejects(failed, /changed my mind/);
      assert.equal(await one.find(patient.id), 1);
      await sleep(20);
      await one.find(patient.id);
      assert.deepEqual(one.results, ['miss', 'hit']);
    });

    test('while it is being changed nobody makes a copy, and readers see what is committed', async (t) => {
      const { storage, add } = await openDatabase(t);
      const [patient, cache] = [await add(), await openCache(t)];
      const [one, other] = [open(storage, await cache.connect()), open(storage, await cache.connect())];
      await other.find(patient.id);
      await one.transaction(async (tx) => {
        await tx.patients.update({ ...patient, version: 2 });
        for (let n = 0; n < 3; n++) assert.equal(await other.find(patient.id), 1);
      });
      assert.equal(await other.find(patient.id), 2);
      assert.deepEqual(other.results, ['miss', 'miss', 'miss', 'miss', 'miss']);
    });

    test('a reader held up between database and cache, a change, the reader let go: 1,000 times, never the old one', async (t) => {
      const { storage, state, add } = openQuickDatabase();
      const [patient, cache] = [await add(), await openCache(t)];
      const [reader, writer] = [open(storage, await cache.connect()), open(storage, await cache.connect())];
      let stale = 0;
      for (let version = 2; version <= 1_001; version++) {
        const held = Promise.withResolvers<void>();
        [state.gate, state.reads] = [held.promise, 0];
        const late = reader.find(patient.id);
        while (state.reads === 0) await new Promise(setImmediate);
        state.gate = undefined; // For this one alone: it has a lease, and the old record in its hands.
        await change(writer, patient, version);
        held.resolve();
        assert.equal(await late, version - 1);
        const nexts = await Promise.all([reader.find(patient.id), writer.find(patient.id)]);
        if (nexts.some((next) => next !== version)) stale += 1;
        await cache.drop(keyOf(patient));
      }
      assert.equal(stale, 0);
    });

    test('of 200 callers when the copy has expired, one asks the database, also from two processes', async (t) => {
      const { storage, state, add } = await openDatabase(t);
      const [patient, cache] = [await add(), await openCache(t, 100)];
      const [one, other] = [open(storage, await cache.connect()), open(storage, await cache.connect())];
      await one.find(patient.id);
      await sleep(150);
      state.reads = 0;
      state.gate = sleep(30);
      const found = await Promise.all(
        Array.from({ length: 200 }, (_, n) => (n % 2 ? one : other).patients.find(patient.id)),
      );
      assert.equal(found.filter((each) => each?.id === patient.id).length, 200);
      assert.equal(state.reads, 1);
    });

    test('when the one who fetches fails, the next one fetches', async (t) => {
      const { storage, add } = await openDatabase(t);
      const patient = await add();
      let failures = 1;
      const flaky: ClinicStorage = {
        ...storage,
        patients: {
          ...storage.patients,
          async find(id) {
            await sleep(20);
            if (failures-- > 0) throw unavailable('the database is too busy');
            return storage.patients.find(id);
          },
        },
      };
      const one = open(flaky, await (await openCache(t)).connect());
      const answers = await Promise.allSettled(Array.from({ length: 10 }, () => one.find(patient.id)));
      assert.equal(answers.filter(({ status }) => status === 'rejected').length, 1);
    });

    test('a lease whose owner died holds nobody up for long', async (t) => {
      const { storage, add } = await openDatabase(t);
      const [patient, cache] = [await add(), await openCache(t)];
      await (await cache.connect()).look(keyOf(patient), 'of somebody who died');
      const one = open(storage, await cache.connect());
      const begun = performance.now();
      assert.equal(await one.find(patient.id), 1);
      assert.ok(performance.now() - begun < 900);
    });

    test('what is no copy of this patient is thrown away, and a right one made', async (t) => {
      const { storage, add } = await openDatabase(t);
      const [patient, other, cache] = [await add(), await add(), await openCache(t)];
      const { phone: _, ...older } = { ...patient, phone: undefined, sex: undefined };
      const poisons = ['', '{', 'null', '[]', '"text"', '{}', JSON.stringify(other), JSON.stringify(older)];
      for (const poison of [...poisons, JSON.stringify({ ...patient, isAdmin: true })]) {
        await cache.put(keyOf(patient), poison);
        const one = open(storage, await cache.connect());
        assert.deepEqual(await one.patients.find(patient.id), patient, poison);
        await sleep(30);
        assert.deepEqual(await one.patients.find(patient.id), patient, poison);
        assert.deepEqual(one.results, ['miss', 'hit'], poison);
      }
    });

    test('a storage that is closed waits for the copies on their way', async (t) => {
      const { storage, state, add } = await openDatabase(t);
      const patient = await add();
      const cache = await (await openCache(t)).connect();
      let landed = 0;
      const one = open(storage, {
        ...cache,
        async fill(...args) {
          await sleep(50);
          await cache.fill(...args);
          landed += 1;
        },
      });
      const found = one.find(patient.id);
      while (state.reads === 0) await new Promise(setImmediate);
      await one.close();
      assert.deepEqual([landed, await found], [1, 1]);
    });
  });
}

test('where there is no cache, the database answers', async (t) => {
  const { storage, add } = await openDatabase(t);
  const patient = await add();
  const one = open(storage, createNoCache());
  await one.find(patient.id);
  await change(one, patient, 2);
  assert.equal(await one.find(patient.id), 2);
  assert.deepEqual(one.results, ['bypass', 'bypass']);
});

test('in the process: what another process commits is seen at the next look', async (t) => {
  const place = await SQLITE.place(t);
  const { openDatabase: openSqlite, createSqlStorage } = await import('../src/repository/index.ts');
  const [here, there] = [await openSqlite(place), await openSqlite(place)];
  t.after(() => Promise.all([here.close(), there.close()]));
  const { othersCommits } = here;
  assert.ok(othersCommits);
  const patient = samplePatient();
  await createSqlStorage(here).transaction((tx) => tx.patients.insert(patient));
  const one = open(createSqlStorage(here), createMemoryCache({ ...TIMES, size: 10, othersCommits }));
  await one.find(patient.id);
  await one.find(patient.id);
  await change(createSqlStorage(there), patient, 2);
  assert.equal(await one.find(patient.id), 2);
  await one.find(patient.id);
  await change(one, patient, 3); // Its own commit throws away this copy, and no other.
  assert.deepEqual(one.results, ['miss', 'hit', 'miss', 'hit']);
});

suite('a cache that could not be told of a write', () => {
  /** A cache that can be cut off; what is asked of it meanwhile does not arrive. */
  function createFaulty(inner: LeaseCache) {
    const state = { down: false };
    const guard =
      <Args extends unknown[], Result>(call: (...args: Args) => Promise<Result>) =>
      async (...args: Args): Promise<Result> => {
        if (state.down) throw unavailable('Redis cannot answer now');
        return call(...args);
      };
    const cache: LeaseCache = {
      longestLifeMs: inner.longestLifeMs,
      look: guard(inner.look),
      fill: guard(inner.fill),
      hold: guard(inner.hold),
      release: guard(inner.release),
    };
    return { state, cache };
  }

  test('is told of each writer, so that no hold is left standing', async (t) => {
    const { storage, add } = await openDatabase(t);
    const patient = await add();
    const { state, cache } = createFaulty(await (await openMemory(t)).connect());
    // Cut off between hold and release, twice.
    const cutting: LeaseCache = {
      ...cache,
      async hold(...args) {
        state.down = false;
        await cache.hold(...args);
        state.down = true;
      },
    };
    const one = open(storage, cutting);
    await change(one, patient, 2);
    await change(one, patient, 3);
    state.down = false;
    for (const latest = Date.now() + 3_000; one.results.at(-1) !== 'hit'; await sleep(20)) {
      assert.equal(await one.find(patient.id), 3);
      assert.ok(Date.now() < latest, 'a hold was left');
    }
  });

  test('is not asked for that patient until it has been told', async (t) => {
    const { storage, add } = await openDatabase(t);
    const patient = await add();
    const shared = await (await openMemory(t)).connect();
    const { state, cache } = createFaulty(shared);
    const [one, other] = [open(storage, cache), open(storage, shared)];
    await one.find(patient.id);
    state.down = true;
    await change(one, patient, 2);
    assert.equal(await one.find(patient.id), 2);
    // Another process, which can ask the cache, is told the old one: until this one gets through, or the copy expires.
    assert.equal(await other.find(patient.id), 1);
    state.down = false;
    assert.equal(await one.find(patient.id), 2);
    for (const latest = Date.now() + 3_000; (await other.find(patient.id)) !== 2; await sleep(20)) {
      assert.ok(Date.now() < latest, 'it was not told');
    }
    assert.equal(await one.find(patient.id), 2);
  });
});
