import assert from 'node:assert/strict';
import { suite, type TestContext, test } from 'node:test';
import { createTopicPrefix, needsKafka, startKafka } from '@medcenter/shared/testing/kafka';
import { needsPostgres, startPostgres } from '@medcenter/shared/testing/postgres';
import { needsRedis, startRedis } from '@medcenter/shared/testing/redis';
import { EXPOSITION_TYPES } from '../src/observability/index.ts';
import { createClient, eventually } from './contracts/index.ts';
import { parseExposition } from './http-support.ts';
import { EMBEDDED, type Environment, end, inTime, scheduleOf, startServer } from './program.ts';

const UP = { storage: 'up', cache: 'up', events: 'up', schedule: 'up' };
/** For each answer, whatever the program needs is doing. */
const ANSWER_MS = 2_000;

interface Server {
  freeze(): Promise<void>;
  thaw(): Promise<void>;
}

async function startWatched(t: TestContext, env: Environment) {
  const { url, child, ended } = await startServer(t, { ...(await EMBEDDED.environment(t)), ...env });
  const anybody = createClient(url);
  const ready = async () => {
    const { status, body } = await inTime(ANSWER_MS, '/ready', () => anybody.send('GET', '/ready'));
    return { http: status, ...body };
  };
  const comesTo = (wanted: object) =>
    eventually(async () => JSON.stringify(await ready()) === JSON.stringify(wanted), {
      what: JSON.stringify(wanted),
      patienceMs: 20_000,
    });
  const isUp = () => comesTo({ http: 200, status: 'up', checks: UP });
  /** What it answers meanwhile, and that all is well again by itself. */
  const whileFrozen = async (server: Server, http: number, changes: Partial<typeof UP>) => {
    await server.freeze();
    try {
      const status = http === 503 ? 'down' : 'degraded';
      await comesTo({ http, status, checks: { ...UP, ...changes } });
      assert.deepEqual(
        await inTime(ANSWER_MS, '/health', async () => (await anybody.send('GET', '/health')).status),
        200,
      );
      await inTime(ANSWER_MS, '/metrics', async () => {
        const response = await fetch(`${url}/metrics`);
        assert.equal(response.status, 200);
        parseExposition(await response.text(), EXPOSITION_TYPES.prometheus);
      });
    } finally {
      await server.thaw();
    }
    await isUp();
  };
  await isUp();
  return { child, ended, whileFrozen };
}

suite('readiness of the program', { concurrency: 2 }, () => {
  test(
    'without the schedule service, and without Redis, it is ready all the same',
    needsRedis(),
    async (t) => {
      const redis = await startRedis(t);
      const { child, ended, whileFrozen } = await startWatched(t, { REDIS_URL: redis.url });
      const pid = await scheduleOf(t, child);
      const schedule = {
        freeze: async () => void process.kill(pid, 'SIGSTOP'),
        thaw: async () => void process.kill(pid, 'SIGCONT'),
      };
      await whileFrozen(schedule, 200, { schedule: 'down' });
      await whileFrozen(redis, 200, { cache: 'down' });
      assert.equal((await end({ child, ended }, 'SIGTERM')).exitCode, 0);
    },
  );

  const servers = { skip: needsKafka().skip || needsPostgres().skip };
  test('without Kafka it is ready, and without PostgreSQL it is not', servers, async (t) => {
    const [kafka, postgres] = await Promise.all([startKafka(t), startPostgres(t)]);
    const { whileFrozen } = await startWatched(t, {
      KAFKA_BROKERS: kafka.brokers,
      KAFKA_TOPIC_PREFIX: createTopicPrefix(),
      DATABASE_URL: postgres.url,
    });
    await whileFrozen(kafka, 200, { events: 'down' });
    // What waits to be told is in the database, too.
    await whileFrozen(postgres, 503, { storage: 'down', events: 'down' });
  });
});
