import assert from 'node:assert/strict';
import { isAbsolute } from 'node:path';
import { test } from 'node:test';
import { readConfig, variables } from '../src/config/index.ts';

const read = (environment: Record<string, string>) => readConfig(variables, environment);

test('nothing set: the SQLite file in the folder of the stage, wherever the command was called', () => {
  const { DATABASE_URL, SQLITE_FILE, PORT } = read({});
  assert.deepEqual([DATABASE_URL, PORT], [undefined, 3000]);
  assert.ok(isAbsolute(SQLITE_FILE));
  assert.match(SQLITE_FILE.replaceAll('\\', '/'), /stage-03-postgres\/data\/medcenter\.db$/);
});

test('a URL of PostgreSQL is taken as it is', () => {
  for (const url of [
    'postgresql://user:secret@127.0.0.1:5432/medcenter',
    'postgres://localhost/m?sslmode=disable',
  ]) {
    assert.equal(read({ DATABASE_URL: url }).DATABASE_URL, url);
  }
  assert.equal(read({ DATABASE_URL: '' }).DATABASE_URL, undefined);
});

test('what is no such URL is refused and named, and its text is shown nowhere', () => {
  for (const url of [
    'medcenter',
    'mysql://u:hush@h/m',
    'postgresql://u:hush@h',
    'postgresql://u:hush@h/',
    'http://u:hush@h/m',
    'postgresql://u:hush%ff@h/m',
  ]) {
    assert.throws(
      () => read({ DATABASE_URL: url }),
      (error: Error) =>
        /^DATABASE_URL holds a secret, and wants /.test(error.message) && !error.message.includes('hush'),
      url,
    );
  }
});

test('limits out of bounds are refused, every one by its name', () => {
  const wrong = {
    DATABASE_POOL_SIZE: '0',
    DATABASE_CONNECT_TIMEOUT_MS: 'soon',
    DATABASE_STATEMENT_TIMEOUT_MS: '-1',
    DATABASE_LOCK_TIMEOUT_MS: '1.5',
    DATABASE_IDLE_TRANSACTION_TIMEOUT_MS: '9999999',
  };
  assert.throws(
    () => read(wrong),
    (error: Error) => {
      const named = error.message.split('\n').map((line) => line.split(' ')[0]);
      assert.deepEqual(named.sort(), Object.keys(wrong).sort());
      return true;
    },
  );
});
