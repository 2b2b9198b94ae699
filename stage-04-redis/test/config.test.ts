import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readConfig, variables } from '../src/config/index.ts';

const read = (environment: Record<string, string>) => readConfig(variables, environment);

test('nothing set: no Redis, a day for a session, and the data in the folder of this stage', () => {
  const config = read({});
  assert.deepEqual(
    [config.REDIS_URL, config.ADMIN_PASSWORD, config.SESSION_TTL_SECONDS, config.CACHE_TTL_SECONDS],
    [undefined, undefined, 86_400, 60],
  );
  assert.match(config.SQLITE_FILE.replaceAll('\\', '/'), /stage-04-redis\/data\/medcenter\.db$/);
});

test('a URL of Redis is taken as it is; what is none is refused, and shown nowhere', () => {
  for (const url of ['redis://127.0.0.1', 'redis://:hush@h:6380/3', 'rediss://user:hush@h:6380/0']) {
    assert.equal(read({ REDIS_URL: url }).REDIS_URL, url);
  }
  for (const url of [
    '127.0.0.1:6379',
    'http://:hush@h',
    'redis://',
    'redis://:hush@h/x',
    ' redis://:hush@h',
  ]) {
    assert.throws(
      () => read({ REDIS_URL: url }),
      ({ message }: Error) =>
        /^REDIS_URL holds a secret, and wants /.test(message) && !message.includes('hush'),
      url,
    );
  }
});

test('the first password is as long as any other', () => {
  assert.equal(read({ ADMIN_PASSWORD: 'é'.repeat(12) }).ADMIN_PASSWORD, 'é'.repeat(12));
  for (const password of ['eleven char', 'x'.repeat(257)]) {
    assert.throws(
      () => read({ ADMIN_PASSWORD: password }),
      ({ message }: Error) => /^ADMIN_PASSWORD holds a secret, and wants .* 12 to 256/.test(message),
    );
  }
});
