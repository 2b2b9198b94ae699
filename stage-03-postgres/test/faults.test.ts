import assert from 'node:assert/strict';
import { suite, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLines } from '@medcenter/shared/testing';
import { createDatabase, needsPostgres, startPostgres } from '@medcenter/shared/testing/postgres';
import pg from 'pg';
import { start } from '../src/app/index.ts';
import { readConfig, variables } from '../src/config/index.ts';
import { createSqlStorage, openDatabase } from '../src/repository/index.ts';
import { type Answer, createClient, sampleDoctorInput, samplePatientInput } from './contracts/index.ts';

/** The API over a PostgreSQL server, as the program runs it. */
async function startApi(t: TestContext, url: string, environment: Record<string, string> = {}) {
  const config = readConfig(variables, { PORT: '0', DATABASE_URL: url, ...environment });
  const running = await start(config, createLines().out);
  t.after(() => running[Symbol.asyncDispose]());
  const client = createClient(running.url);
  const post = async (path: string, input: object) =>
    (await client.send('POST', `/api/v1/${path}`, input)).body.id;
  return {
    client,
    patientId: await post('patients', samplePatientInput()),
    doctorId: await post('doctors', sampleDoctorInput()),
  };
}
type Api = Awaited<ReturnType<typeof startApi>>;

/** Books the n-th quarter of an hour. */
function book({ client, patientId, doctorId }: Api, n: number): Promise<Answer> {
  const at = (quarter: number) => new Date(Date.UTC(2091, 0, 1) + quarter * 15 * 60_000).toISOString();
  return client.send('POST', '/api/v1/appointments', {
    patientId,
    doctorId,
    startsAt: at(n),
    endsAt: at(n + 1),
  });
}

/** Books for some time, several at once, and tells what came back, and how long the slowest took. */
async function bookUnderLoad(api: Api, { whileRunning }: { whileRunning(): Promise<void> }) {
  const acknowledged: string[] = [];
  const statuses = new Set<number>();
  let [n, slowest, stop] = [0, 0, false];
  const caller = async () => {
    while (!stop) {
      const begun = performance.now();
      const answer = await book(api, n++);
      slowest = Math.max(slowest, performance.now() - begun);
      statuses.add(answer.status);
      if (answer.status === 201) acknowledged.push(answer.body.id);
      if (answer.status === 503) assert.equal(answer.headers.get('retry-after'), '1');
      if (answer.status !== 201) await sleep(20);
    }
  };
  const callers = Array.from({ length: 8 }, caller);
  await whileRunning().finally(() => {
    stop = true;
  });
  await Promise.all(callers);
  return { acknowledged, statuses, slowest };
}

async function worksAgain({ client }: Api, path = '/api/v1/patients'): Promise<void> {
  for (const deadline = performance.now() + 10_000; performance.now() < deadline; await sleep(50)) {
    if ((await client.send('GET', path)).status === 200) return;
  }
  assert.fail('the API did not work again within 10 s');
}

async function assertKept(api: Api, acknowledged: readonly string[]): Promise<void> {
  for (const id of acknowledged) {
    assert.equal(
      (await api.client.send('GET', `/api/v1/appointments/${id}`)).status,
      200,
      `${id} was acknowledged`,
    );
  }
}

suite('a PostgreSQL that fails', needsPostgres(), () => {
  test('every connection cut under load: the process lives, and no acknowledged booking is gone', async (t) => {
    const url = await createDatabase(t);
    const api = await startApi(t, url);
    const admin = new pg.Client({ connectionString: url });
    await admin.connect();
    t.after(() => admin.end());
    const { acknowledged, statuses } = await bookUnderLoad(api, {
      async whileRunning() {
        for (let round = 0; round < 8; round++) {
          await sleep(120);
          await admin.query(
            'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
          );
        }
      },
    });
    assert.ok(acknowledged.length > 0, `${acknowledged.length} booked`);
    for (const status of statuses) assert.ok([201, 503, 409].includes(status), String(status));
    await worksAgain(api);
    await assertKept(api, acknowledged);
  });

  test('killed with -9 under load, and started again: the same', async (t) => {
    const server = await startPostgres(t);
    const api = await startApi(t, server.url);
    const { acknowledged, statuses, slowest } = await bookUnderLoad(api, {
      async whileRunning() {
        await sleep(300);
        await server.kill();
        await sleep(500);
        await server.restart();
        await worksAgain(api);
        await sleep(200);
      },
    });
    assert.ok(statuses.has(201) && statuses.has(503), [...statuses].join());
    for (const status of statuses) assert.ok([201, 503, 409].includes(status), String(status));
    assert.ok(slowest < 5_000, `${slowest} ms`);
    await assertKept(api, acknowledged);
  });

  test('frozen: 503 in time, also for reads; thawed: it works again by itself', async (t) => {
    const server = await startPostgres(t);
    const limits = { DATABASE_STATEMENT_TIMEOUT_MS: '1000' };
    const api = await startApi(t, server.url, limits);
    const first = await book(api, 0);
    await server.freeze();
    const timed = async (path: string) => {
      const begun = performance.now();
      const { status, headers } = await api.client.send('GET', path);
      return { status, retryAfter: headers.get('retry-after'), ms: performance.now() - begun };
    };
    for (let round = 0; round < 2; round++) {
      const answers = await Promise.all(Array.from({ length: 15 }, () => timed('/api/v1/patients')));
      for (const { status, retryAfter, ms } of answers) {
        assert.deepEqual([status, retryAfter], [503, '1']);
        assert.ok(ms < 3_500, `${ms} ms`);
      }
    }
    const health = await timed('/health');
    assert.ok(health.status === 200 && health.ms < 500, 'the process itself is well');
    await server.thaw();
    await worksAgain(api);
    await assertKept(api, [first.body.id]);
    assert.equal((await book(api, 1)).status, 201);
  });

  test('gone when the API ends: it ends all the same', async (t) => {
    const server = await startPostgres(t);
    const config = readConfig(variables, { PORT: '0', DATABASE_URL: server.url });
    const running = await start(config, createLines().out);
    await createClient(running.url).send('GET', '/api/v1/patients');
    await server.freeze();
    const begun = performance.now();
    await running[Symbol.asyncDispose]();
    assert.ok(performance.now() - begun < 6_000);
  });
});

suite('limits of PostgreSQL', needsPostgres(), () => {
  test('a pool that is exhausted: 503 with Retry-After inside a second, and well again after', async (t) => {
    const url = await createDatabase(t);
    const api = await startApi(t, url, { DATABASE_POOL_SIZE: '2' });
    const storage = createSqlStorage(await openDatabase({ url, file: '' }));
    t.after(() => storage.close());
    // Somebody holds what both connections then wait for.
    const [held, release] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const holding = storage.transaction(async (tx) => {
      await tx.doctors.find(api.doctorId);
      held.resolve();
      await release.promise;
    });
    await held.promise;
    const waiting = [book(api, 0), book(api, 1)];
    await sleep(200);
    const begun = performance.now();
    const third = await api.client.send('GET', '/api/v1/patients');
    assert.deepEqual([third.status, third.headers.get('retry-after')], [503, '1']);
    assert.ok(performance.now() - begun < 1_000, `${performance.now() - begun} ms`);
    release.resolve();
    await holding;
    assert.deepEqual(
      (await Promise.all(waiting)).map(({ status }) => status),
      [201, 201],
    );
    await worksAgain(api);
  });

  test('a lock that is held too long: 503; nothing was written', async (t) => {
    const url = await createDatabase(t);
    const api = await startApi(t, url, { DATABASE_LOCK_TIMEOUT_MS: '200' });
    const storage = createSqlStorage(await openDatabase({ url, file: '' }));
    t.after(() => storage.close());
    await storage.transaction(async (tx) => {
      await tx.patients.find(api.patientId);
      assert.equal((await book(api, 0)).status, 503);
    });
    assert.deepEqual(await storage.appointments.list({}), []);
  });

  test('a database that is not there just now is waited for, as between a drop and a restore', async (t) => {
    const url = await createDatabase(t);
    const database = await openDatabase({ url, file: '' });
    t.after(() => database.close());
    const admin = await openDatabase({ url: await createDatabase(t), file: '' });
    t.after(() => admin.close());
    const name = new URL(url).pathname.slice(1);
    await admin.query(`ALTER DATABASE "${name}" RENAME TO "${name}-away"`);
    await assert.rejects(database.query('SELECT 1'), { code: 'unavailable' });
    await admin.query(`ALTER DATABASE "${name}-away" RENAME TO "${name}"`);
    assert.deepEqual(await database.query('SELECT 1 AS one'), [{ one: 1 }]);
  });

  test('a pool tells how it is used, and who waits for it', async (t) => {
    const url = await createDatabase(t);
    const database = await openDatabase({ url, file: '', limits: { poolSize: 1 } });
    t.after(() => database.close());
    const asking = [database.query('SELECT pg_sleep(0.3)'), database.query('SELECT 1')];
    await sleep(150);
    assert.deepEqual(database.usage(), { busy: 1, idle: 0, waiting: 1 });
    await Promise.all(asking);
    assert.deepEqual(database.usage(), { busy: 0, idle: 1, waiting: 0 });
  });

  test('a statement that takes too long ends, and its place is free again', async (t) => {
    const url = await createDatabase(t);
    const database = await openDatabase({ url, file: '', limits: { statementMs: 200, poolSize: 1 } });
    t.after(() => database.close());
    await assert.rejects(database.query('SELECT pg_sleep(5)'), { code: 'unavailable' });
    await assert.rejects(
      database.transaction((sql) => sql.query('SELECT pg_sleep(5)')),
      { code: 'unavailable' },
    );
    assert.deepEqual(await database.query('SELECT 1 AS one'), [{ one: 1 }]);
  });

  test('a query whose caller leaves ends at the server, too; one that waits for its turn is never begun', async (t) => {
    const url = await createDatabase(t);
    const leaving = new AbortController();
    let signal: AbortSignal | undefined = leaving.signal;
    const database = await openDatabase({ url, file: '', limits: { poolSize: 1 }, signalOf: () => signal });
    t.after(() => database.close());
    const admin = await openDatabase({ url, file: '' });
    t.after(() => admin.close());
    const text = `SELECT 1 FROM pg_stat_activity
      WHERE datname = current_database() AND query LIKE 'SELECT pg_sleep%' AND state = 'active'`;
    const sleeping = async () => (await admin.query(text)).length;

    const answers = Promise.allSettled([
      database.query('SELECT pg_sleep(2)'),
      database.query('SELECT pg_sleep(2)'),
    ]);
    while ((await sleeping()) === 0) await sleep(10);
    const begun = performance.now();
    leaving.abort();
    for (const { status } of await answers) assert.equal(status, 'rejected');
    assert.equal(await sleeping(), 0);
    assert.ok(performance.now() - begun < 1_000, `${performance.now() - begun} ms`);

    // Its connection is as good as before.
    signal = undefined;
    assert.deepEqual(await database.query('SELECT 1 AS one'), [{ one: 1 }]);
    signal = new AbortController().signal;
    assert.deepEqual(await database.query('SELECT 1 AS one'), [{ one: 1 }]);
  });

  test('a transaction that idles too long is ended by the server, and its locks with it', async (t) => {
    const url = await createDatabase(t);
    const database = await openDatabase({ url, file: '', limits: { idleTransactionMs: 200 } });
    t.after(() => database.close());
    const idling = database.transaction(async (sql) => {
      await sql.lock('x');
      await sleep(600);
      await sql.query('SELECT 1');
    });
    await assert.rejects(idling, { code: 'unavailable' });
    await database.transaction((sql) => sql.lock('x'));
  });
});
