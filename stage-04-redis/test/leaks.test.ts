import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { suite, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { samplePatientInput } from './contracts/index.ts';
import { ADMIN_PASSWORD, connectRedis, EMBEDDED, SERVERS, signIn, startApi } from './support.ts';

const WRONG = 'a password of somewhere else';

/** A day at the desk: somebody signs in, mistypes, looks, changes, and one goes home. Answers what nobody may find. */
async function live(t: TestContext, environment: Record<string, string>) {
  const { url, lines, stranger } = await startApi(t, environment);
  const [one, two] = [await signIn(url), await signIn(url)];
  const login = (username: string, password: string) =>
    stranger.send('POST', '/auth/login', { username, password });
  for (let n = 0; n < 7; n++) await login('admin2', WRONG);
  await login(WRONG, 'x'); // The password in the field for the name.
  const { body } = await one.send('POST', '/api/v1/patients', samplePatientInput({ lastName: 'Zyxwvutsr' }));
  for (const client of [one, two, stranger]) await client.send('GET', `/api/v1/patients/${body.id}`);
  await one.send('GET', '/api/v1/patients?search=Zyxwvutsr');
  await one.send('GET', '/api/v1/audit');
  await stranger.send('GET', '/api/v1/patients', undefined, { authorization: `Bearer ${one.token}x` });
  await two.send('POST', '/auth/logout');
  await sleep(50);
  return { log: lines.join('\n'), secrets: [one.token, two.token, ADMIN_PASSWORD, WRONG] };
}

test('the log has no token, no password and no name', async (t) => {
  const { log, secrets } = await live(t, await EMBEDDED.environment(t));
  assert.ok(log.split('\n').length > 15);
  for (const secret of [...secrets, 'Zyxwvutsr', 'scrypt']) assert.ok(!log.includes(secret), secret);
});

test('the database file has no token and no password', async (t) => {
  const environment = await EMBEDDED.environment(t);
  const { secrets } = await live(t, environment);
  const file = environment.SQLITE_FILE ?? '';
  const bytes = Buffer.concat(await Promise.all([file, `${file}-wal`].map((path) => readFile(path))));
  assert.ok(bytes.includes('scrypt'));
  for (const secret of secrets) assert.ok(!bytes.includes(secret), secret);
});

suite('Redis', SERVERS.suite, () => {
  test('a scan of all keys and values finds no token and no password; each key has the prefix and an end', async (t) => {
    const environment = await SERVERS.environment(t);
    const { secrets } = await live(t, { ...environment, REDIS_PREFIX: 'mine:' });
    const redis = await connectRedis(t, { url: environment.REDIS_URL ?? '', prefix: '' });
    const kinds = new Set<string>();
    for (const key of await redis.ask((client) => client.keys('*'))) {
      assert.ok(key.startsWith('mine:'), key);
      kinds.add(key.split(':')[1] ?? '');
      const [type, leftMs] = await redis.ask((client) => Promise.all([client.type(key), client.pTTL(key)]));
      assert.ok(leftMs > 0, `${key} would stay for ever`);
      const value = await redis.ask<unknown>((client) =>
        type === 'zset' ? client.zRange(key, 0, -1) : client.get(key),
      );
      for (const secret of secrets) assert.ok(!`${key} ${JSON.stringify(value)}`.includes(secret), key);
    }
    assert.deepEqual([...kinds].sort(), ['login', 'patient', 'session', 'sessions-of']);
  });
});
