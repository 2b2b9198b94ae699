import assert from 'node:assert/strict';
import { suite, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { needsRedis, type RedisServer, startRedis } from '@medcenter/shared/testing/redis';
import { type Answer, type Client, samplePatientInput } from './contracts/index.ts';
import { connectRedis, EMBEDDED, signIn, startApi } from './support.ts';
import { startMutableProxy, startSlowProxy } from './slow-proxy.ts';

const LIMIT_MS = 1_000;

/** Does it, and tells how long it took in ms. */
async function timed<T>(work: () => Promise<T>): Promise<{ result: PromiseSettledResult<T>; ms: number }> {
  const begun = performance.now();
  const [result] = await Promise.allSettled([work()]);
  return { result, ms: performance.now() - begun };
}

/** Tries until it is so, for a few seconds. */
async function until(what: string, isSo: () => Promise<boolean>, limitMs = 5_000): Promise<void> {
  for (const latest = performance.now() + limitMs; !(await isSo()); await sleep(20)) {
    assert.ok(performance.now() < latest, `not within ${limitMs} ms: ${what}`);
  }
}

suite('the connection', needsRedis(), () => {
  const ping = (redis: Awaited<ReturnType<typeof connectRedis>>) => redis.ask((client) => client.ping());

  for (const { name, fail, mend } of [
    { name: 'frozen', fail: (s: RedisServer) => s.freeze(), mend: (s: RedisServer) => s.thaw() },
    { name: 'killed', fail: (s: RedisServer) => s.kill(), mend: (s: RedisServer) => s.restart() },
  ]) {
    test(`to a server that is ${name}: three wait, the next do not, and it comes back by itself`, async (t) => {
      const server = await startRedis(t);
      const changes: boolean[] = [];
      const redis = await connectRedis(t, {
        url: server.url,
        timeoutMs: 200,
        onChange: (error) => changes.push(error === undefined),
      });
      assert.equal(await ping(redis), 'PONG');
      await fail(server);
      for (let n = 0; n < 3; n++) {
        const { result, ms } = await timed(() => ping(redis));
        assert.ok(result.status === 'rejected' && result.reason.code === 'unavailable');
        assert.ok(ms < 600, `${ms} ms`);
      }
      const { ms } = await timed(() => Promise.allSettled(Array.from({ length: 1_000 }, () => ping(redis))));
      assert.ok(ms < 200, `a thousand questions took ${ms} ms`);
      assert.deepEqual(changes, [false]);
      await mend(server);
      await until(
        'it answers',
        async () => (await timed(() => ping(redis))).result.status === 'fulfilled',
        2_000,
      );
      assert.deepEqual(changes, [false, true]);
    });
  }

  test('that was silent for 5 s is given up for a new one', async (t) => {
    const server = await startRedis(t);
    const way = await startMutableProxy(t, server.url);
    const redis = await connectRedis(t, { url: way.url, timeoutMs: 100 });
    assert.equal(await ping(redis), 'PONG');
    way.mute(); // For ever: only a new connection gets an answer.
    await until(
      'it answers',
      async () => (await timed(() => ping(redis))).result.status === 'fulfilled',
      15_000,
    );
  });

  test('is closed soon, also to a server that is frozen, and leaves nothing that keeps the program alive', async (t) => {
    const server = await startRedis(t);
    const sockets = () => process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
    const before = sockets();
    const redis = await connectRedis(t, { url: server.url, timeoutMs: 100 });
    await server.freeze();
    void ping(redis).catch(() => {});
    const { ms } = await timed(() => redis.close());
    assert.ok(ms < 1_000, `${ms} ms`);
    await until('the socket is gone', async () => sockets() <= before, 1_000);
  });

  test('says why: a wrong password is not silence', async (t) => {
    const server = await startRedis(t);
    const url = new URL(server.url);
    url.password = 'not-that-one';
    const reasons: string[] = [];
    await connectRedis(t, { url: url.href, onChange: (error) => reasons.push(String(error)) });
    assert.match(reasons.join(), /WRONGPASS/);
  });

  test('keeps nobody from starting when the server is not there', async (t) => {
    const { result, ms } = await timed(() => connectRedis(t, { url: 'redis://127.0.0.1:1', timeoutMs: 100 }));
    assert.equal(result.status, 'fulfilled');
    assert.ok(ms < 2_000, `${ms} ms`);
  });

  test('a refusal is an answer: the server is asked again, and it is told once', async (t) => {
    const server = await startRedis(t);
    const refusals: string[] = [];
    const redis = await connectRedis(t, {
      url: server.url,
      onRefusal: (error) => refusals.push(String(error)),
    });
    for (let n = 0; n < 10; n++) {
      const nonsense = redis.ask((client) => client.sendCommand(['NONSENSE']));
      await assert.rejects(nonsense, { code: 'unavailable' });
    }
    assert.equal(refusals.length, 1);
    assert.match(refusals.join(), /unknown command/);
    assert.equal(await ping(redis), 'PONG');
  });

  test('a defect of the program is no silence of the server', async (t) => {
    const server = await startRedis(t);
    const redis = await connectRedis(t, { url: server.url });
    for (let n = 0; n < 5; n++) {
      await assert.rejects(
        redis.ask(async () => undefined as unknown as string).then((text) => text.length),
        TypeError,
      );
      await assert.rejects(
        redis.ask(async () => {
          throw new TypeError('not a function');
        }),
        TypeError,
      );
    }
    assert.equal(await ping(redis), 'PONG');
  });
});

suite('the API', needsRedis(), () => {
  const PATIENTS = '/api/v1/patients';

  /** The API with a Redis of its own, a patient, and somebody who is at work. */
  async function openDesk(t: TestContext, server: RedisServer, overrides: Record<string, string> = {}) {
    const environment = {
      ...(await EMBEDDED.environment(t)),
      REDIS_URL: server.url,
      REDIS_TIMEOUT_MS: '200',
    };
    const api = await startApi(t, { ...environment, ...overrides });
    const client = await signIn(api.url);
    const { body } = await client.send('POST', PATIENTS, samplePatientInput());
    const path = `${PATIENTS}/${body.id}`;
    return { ...api, client, path, look: () => client.send('GET', path) };
  }

  const cacheOf = ({ headers }: Answer) => headers.get('x-cache');

  /** Whoever is not known to be signed in can not be told from whoever is not. */
  async function assertUnavailable(stranger: Client, path: string, token: string): Promise<void> {
    for (const call of [
      () => stranger.send('GET', path, undefined, { authorization: `Bearer ${token}` }),
      () => stranger.send('POST', '/auth/login', { username: 'admin', password: 'whatever it may be' }),
    ]) {
      const { result, ms } = await timed(call);
      assert.ok(result.status === 'fulfilled');
      assert.deepEqual([result.value.status, result.value.headers.get('retry-after')], [503, '1']);
      assert.ok(ms < LIMIT_MS, `${ms} ms`);
    }
  }

  test('with Redis frozen under 100 requests a second: each is answered, within a second; thawed, all is as before', async (t) => {
    const server = await startRedis(t);
    const { url, stranger, path, look } = await openDesk(t, server);
    const asleep = await signIn(url); // Signed in, and not seen by any process since.
    await look();
    const seen = { statuses: new Set<number>(), caches: new Set<string | null>(), slowest: 0 };
    const answers: Promise<void>[] = [];
    const load = setInterval(() => {
      const answer = timed(look).then(({ result, ms }) => {
        assert.ok(result.status === 'fulfilled');
        seen.statuses.add(result.value.status);
        seen.caches.add(cacheOf(result.value));
        seen.slowest = Math.max(seen.slowest, ms);
      });
      answers.push(answer);
    }, 10);
    t.after(() => clearInterval(load));
    await sleep(300);
    await server.freeze();
    await sleep(1_000);
    await assertUnavailable(stranger, path, asleep.token);
    await sleep(3_000);
    await server.thaw();
    await until('the cache answers', async () => cacheOf(await look()) === 'hit', 2_000);
    await signIn(url);
    clearInterval(load);
    await Promise.all(answers);
    assert.ok(answers.length > 50, `${answers.length} requests`);
    assert.deepEqual([...seen.statuses], [200]);
    assert.ok(seen.slowest < LIMIT_MS, `the slowest took ${seen.slowest} ms`);
    assert.ok(seen.caches.has('bypass') && seen.caches.has('hit'));
  });

  test('what is changed while Redis is frozen is seen by each process when it is thawed', async (t) => {
    const server = await startRedis(t);
    const environment = await EMBEDDED.environment(t);
    const one = await openDesk(
      t,
      server,
      environment.SQLITE_FILE ? { SQLITE_FILE: environment.SQLITE_FILE } : {},
    );
    const there = await startApi(t, {
      ...environment,
      REDIS_URL: server.url,
      REDIS_TIMEOUT_MS: '200',
    });
    const other = await signIn(there.url);
    for (let round = 1; round <= 5; round++) {
      await Promise.all([one.look(), other.send('GET', one.path)]);
      await server.freeze();
      const phone = `+49301234567${round}`;
      const changed = await one.client.send('PUT', one.path, samplePatientInput({ phone }));
      assert.equal(changed.status, 200, JSON.stringify(changed.body));
      assert.equal((await one.look()).body.phone, phone);
      await server.thaw();
      await until('the change is seen', async () => {
        const answer = await other.send('GET', one.path);
        return answer.body.phone === phone && cacheOf(answer) === 'hit';
      });
      assert.equal((await one.look()).body.phone, phone);
    }
  });

  test('with Redis slow, but not too slow, all goes on within a second', async (t) => {
    const server = await startRedis(t);
    const url = await startSlowProxy(t, server.url, 150);
    const { look, client, path } = await openDesk(t, { ...server, url });
    await look();
    for (const call of [
      look,
      look,
      () => client.send('PUT', path, samplePatientInput({ firstName: 'Ada' })),
      look,
    ]) {
      const { result, ms } = await timed(call);
      assert.ok(result.status === 'fulfilled' && result.value.status === 200);
      assert.ok(ms < LIMIT_MS, `${ms} ms`);
    }
  });

  test('with Redis gone, patients are answered from the database', async (t) => {
    const server = await startRedis(t);
    const { url, client, path, look } = await openDesk(t, server);
    await look();
    await server.kill();
    for (let n = 0; n < 10; n++) {
      const { result, ms } = await timed(look);
      assert.ok(result.status === 'fulfilled');
      assert.deepEqual([result.value.status, cacheOf(result.value)], [200, 'bypass']);
      assert.ok(ms < LIMIT_MS, `${ms} ms`);
    }
    assert.equal((await client.send('PUT', path, samplePatientInput())).status, 200);
    // A server that comes back empty knows nobody: that is an answer, and not a failure.
    await server.restart();
    await until('it says who is signed in', async () => (await look()).status === 401);
    const again = await signIn(url);
    await again.send('GET', path);
    await until('the cache answers', async () => cacheOf(await again.send('GET', path)) === 'hit');
  });

  test('a Redis that comes back with what it knew before shows no copy of before', async (t) => {
    const server = await startRedis(t);
    const { client, path, look } = await openDesk(t, server);
    await look();
    await until('there is a copy', async () => cacheOf(await look()) === 'hit');
    const rest = await connectRedis(t, { url: server.url, prefix: '' });
    const before = await rest.ask(async (asked) => {
      const keys = await asked.keys('*');
      return Promise.all(
        keys.map(async (key) => ({
          key,
          dump: await asked.type(key),
          value: await asked.get(key).catch(() => null),
        })),
      );
    });
    await client.send('PUT', path, samplePatientInput({ firstName: 'Ada' }));
    await server.restart();
    await until('it answers', () =>
      rest
        .ask((asked) => asked.ping())
        .then(
          () => true,
          () => false,
        ),
    );
    // As from a snapshot.
    for (const { key, value } of before) {
      if (value !== null)
        await rest.ask((asked) => asked.set(key, value, { expiration: { type: 'PX', value: 60_000 } }));
    }
    await until('it is asked again', async () => ['hit', 'miss'].includes(cacheOf(await look()) ?? ''));
    assert.equal((await look()).body.firstName, 'Ada');
  });

  test('what timed out while it was frozen leaves nothing behind that others wait for', async (t) => {
    const server = await startRedis(t);
    const { client, look } = await openDesk(t, server);
    const { body } = await client.send('POST', PATIENTS, samplePatientInput());
    const other = () => client.send('GET', `${PATIENTS}/${body.id}`);
    await look();
    await server.freeze();
    await other(); // Its question is carried out later, when nobody waits for the answer.
    await server.thaw();
    await until('the cache answers', async () => cacheOf(await other()) === 'hit', 2_000);
  });

  test('with Redis full, patients are answered from the database, and who is at work goes on', async (t) => {
    const server = await startRedis(t, { maxmemory: '2mb' });
    const { stranger, path, look } = await openDesk(t, server);
    const filler = await connectRedis(t, { url: server.url });
    // In ever smaller blocks, until not even a lease has room.
    for (const size of [10_000, 100, 1]) {
      for (let n = 0, isFull = false; n < 10_000 && !isFull; n++) {
        isFull = await filler
          .ask((client) => client.set(`${size} ${n}`, 'x'.repeat(size)))
          .then(
            () => false,
            () => true,
          );
      }
    }
    for (let n = 0; n < 5; n++) {
      const answer = await look();
      assert.deepEqual([answer.status, cacheOf(answer)], [200, 'bypass']);
    }
    const login = await stranger.send('POST', '/auth/login', {
      username: 'admin',
      password: 'whatever it may be',
    });
    assert.deepEqual([login.status, login.headers.get('retry-after')], [503, '1']);
    assert.equal((await stranger.send('GET', path)).status, 401);
  });

  test('whoever signs out while Redis cannot be told is told so', async (t) => {
    const server = await startRedis(t);
    const { client, look } = await openDesk(t, server);
    await server.freeze();
    const { result, ms } = await timed(() => client.send('POST', '/auth/logout'));
    assert.ok(result.status === 'fulfilled');
    assert.deepEqual([result.value.status, result.value.headers.get('retry-after')], [503, '1']);
    assert.ok(ms < LIMIT_MS, `${ms} ms`);
    await server.thaw();
    await until('it is signed out', async () => (await client.send('POST', '/auth/logout')).status !== 503);
    assert.equal((await look()).status, 401);
  });

  test('a start without Redis serves patients to nobody, and to all when it is there', async (t) => {
    const server = await startRedis(t);
    await server.kill();
    const { url, stranger, path } = await startApi(t, {
      ...(await EMBEDDED.environment(t)),
      REDIS_URL: server.url,
      REDIS_TIMEOUT_MS: '200',
    }).then((api) => ({ ...api, path: PATIENTS }));
    assert.equal((await stranger.send('GET', '/health')).status, 200);
    await assertUnavailable(stranger, path, 'of-somebody');
    await server.restart();
    await until('somebody can sign in', () =>
      signIn(url).then(
        () => true,
        () => false,
      ),
    );
  });

  test('says at the start when Redis would drop sessions, or bring back those that ended', async (t) => {
    const server = await startRedis(t);
    const setting = await connectRedis(t, { url: server.url });
    await setting.ask((client) => client.configSet('maxmemory-policy', 'allkeys-lru'));
    await setting.ask((client) => client.configSet('save', '900 1'));
    const { needs } = await openDesk(t, server);
    assert.match(needs.join('\n'), /^WARNING: .*allkeys-lru.* noeviction$/m);
    assert.match(needs.join('\n'), /^WARNING: .*snapshot.* appendonly yes$/m);
    assert.ok(!needs.join('\n').includes(new URL(server.url).password));
  });
});
