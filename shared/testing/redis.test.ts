import assert from 'node:assert/strict';
import { suite, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { askRedis } from '../services/redis-url.ts';
import { needsRedisProgram } from '../services/testing.ts';
import { waitUntil } from '../services/wait.ts';
import { createRedisUrl, needsRedis, startRedis } from './redis.ts';

test('a suite that needs Redis runs with it, is loudly skipped without, and on CI fails', () => {
  assert.deepEqual(needsRedis({ TEST_REDIS_URL: 'redis://somewhere', CI: 'true' }), { skip: false });
  assert.match(String(needsRedis({}).skip), /^NOT RUN, needs Redis: .*npm test.*TEST_REDIS_URL/);
  assert.throws(() => needsRedis({ CI: 'true' }), /CI=true/);
});

/** What a run of the tests does for a workspace that declares Redis. */
async function shareServer(t: TestContext): Promise<string> {
  const before = process.env.TEST_REDIS_URL;
  t.after(() => {
    if (before === undefined) delete process.env.TEST_REDIS_URL;
    else process.env.TEST_REDIS_URL = before;
  });
  const { url } = await startRedis(t);
  process.env.TEST_REDIS_URL = url;
  return url;
}

suite('a place in Redis for a test', needsRedisProgram(), () => {
  test('is empty, is the test’s own, and is swept after it, also when it leaves a connection', async (t) => {
    const server = await shareServer(t);
    const urls: string[] = [];
    let late: Promise<unknown> = Promise.resolve();
    await t.test('the test', async (t) => {
      urls.push(await createRedisUrl(t), await createRedisUrl(t));
      const [first = '', second = ''] = urls;
      await askRedis(first, [['SET', 'note', 'mine']]);
      assert.deepEqual(await askRedis(first, [['GET', 'note']]), ['mine']);
      assert.deepEqual(await askRedis(second, [['GET', 'note'], ['DBSIZE']]), [null, 0]);
      // It waits for a list that never gets an element, beyond the end of the test.
      late = askRedis(second, [['BLPOP', 'never', '0']], 10_000).catch(
        (error: { code: string }) => error.code,
      );
      await sleep(50);
    });
    const isSwept = async () => !String(await askRedis(server, [['INFO', 'keyspace']])).includes('db');
    await waitUntil(isSwept, { what: 'the sweeping', patienceMs: 5000 });
    assert.equal(await late, 'ECONNRESET');
  });

  test('is another one for each of many tests that begin at once, and never one that holds something', async (t) => {
    const server = await shareServer(t);
    const filled = Array.from({ length: 250 }, (_, number) => `${number + 1}`);
    const fill = filled.flatMap((number) => [
      ['SELECT', number],
      ['SET', 'theirs', '1'],
    ]);
    await askRedis(server, fill);
    await t.test('the tests', async (t) => {
      const urls = await Promise.all(Array.from({ length: 40 }, () => createRedisUrl(t)));
      const numbers = urls.map((url) => new URL(url).pathname.slice(1));
      assert.equal(new Set(numbers).size, 40);
      assert.deepEqual(
        numbers.filter((number) => number === '0' || filled.includes(number)),
        [],
      );
    });
    const isSwept = async () => (await askRedis(server, [['DBSIZE']]))[0] === 0;
    await waitUntil(isSwept, { what: 'the claims to be given back', patienceMs: 5000 });
    const [keyspace] = await askRedis(server, [['INFO', 'keyspace']]);
    assert.equal(String(keyspace).match(/^db/gm)?.length, 250);
  });
});

suite('a Redis for a test', needsRedisProgram(), () => {
  test('freezes and thaws, dies and comes back empty, and is gone after the test', async (t) => {
    let url = '';
    await t.test('the test', async (t) => {
      const server = await startRedis(t);
      url = server.url;
      await askRedis(url, [['SET', 'note', 'here']]);
      await server.freeze();
      await assert.rejects(askRedis(url, [['PING']], 200), { code: 'ETIMEDOUT' });
      await server.thaw();
      assert.deepEqual(await askRedis(url, [['GET', 'note']]), ['here']);
      await server.kill();
      await assert.rejects(askRedis(url, [['PING']]), { code: 'ECONNREFUSED' });
      await server.restart();
      assert.deepEqual(await askRedis(url, [['GET', 'note']]), [null]);
      await server.stop();
      await assert.rejects(askRedis(url, [['PING']]), { code: 'ECONNREFUSED' });
      await server.restart();
      await server.freeze();
    });
    await assert.rejects(askRedis(url, [['PING']]), { code: 'ECONNREFUSED' });
  });

  test('refuses to write when it is full', async (t) => {
    const { url } = await startRedis(t, { maxmemory: '2mb' });
    const [, answer] = await askRedis(url, [['PING'], ['CONFIG', 'GET', 'maxmemory']]);
    assert.deepEqual(answer, ['maxmemory', String(2 * 2 ** 20)]);
    const writes = Array.from({ length: 40 }, (_, number) => ['SET', `${number}`, 'x'.repeat(100_000)]);
    await assert.rejects(askRedis(url, writes), { code: 'OOM' });
    assert.deepEqual(await askRedis(url, [['PING']]), ['PONG']);
  });
});
