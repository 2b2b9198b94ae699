import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseEnv } from 'node:util';
import { createFolder } from '../testing/index.ts';
import { writeEnvironment } from './env-file.ts';

test('a block of its own comes, changes and goes, and leaves the person’s lines as they are', async (t) => {
  const file = join(await createFolder(t), '.env');
  const theirs = '# mine\r\nPORT=3003\r\n\r\nLOG_LEVEL=debug';
  writeFileSync(file, theirs);
  assert.deepEqual(writeEnvironment(file, { DATABASE_URL: 'one' }), []);
  writeEnvironment(file, { DATABASE_URL: 'two', REDIS_URL: 'three' });
  const parsed = { DATABASE_URL: 'two', REDIS_URL: 'three', PORT: '3003', LOG_LEVEL: 'debug' };
  assert.deepEqual({ ...parseEnv(readFileSync(file, 'utf8')) }, parsed);
  writeEnvironment(file, {});
  assert.equal(readFileSync(file, 'utf8'), theirs);
});

test('a file that holds nothing else comes and goes', async (t) => {
  const file = join(await createFolder(t), '.env');
  writeEnvironment(file, { DATABASE_URL: 'one' });
  assert.deepEqual({ ...parseEnv(readFileSync(file, 'utf8')) }, { DATABASE_URL: 'one' });
  writeEnvironment(file, {});
  assert.ok(!existsSync(file));
});

test('what the person sets counts, and is told', async (t) => {
  const file = join(await createFolder(t), '.env');
  writeFileSync(file, 'DATABASE_URL=mine\n');
  assert.deepEqual(writeEnvironment(file, { DATABASE_URL: 'one', REDIS_URL: 'two' }), ['DATABASE_URL']);
  assert.equal(parseEnv(readFileSync(file, 'utf8')).DATABASE_URL, 'mine');
});

test('a file with a password is for its owner alone, also one that was there', async (t) => {
  const file = join(await createFolder(t), '.env');
  writeFileSync(file, 'PORT=3003\n', { mode: 0o644 });
  writeEnvironment(file, { DATABASE_URL: 'one' });
  assert.equal(statSync(file).mode & 0o777, process.platform === 'win32' ? 0o666 : 0o600);
});

test('a block that has lost its end is told, and the file stays as it is', async (t) => {
  const file = join(await createFolder(t), '.env');
  writeEnvironment(file, { DATABASE_URL: 'one' });
  const torn = `${readFileSync(file, 'utf8').trimEnd().split('\n').slice(0, -1).join('\n')}\nPORT=3003\n`;
  writeFileSync(file, torn);
  for (const variables of [{}, { DATABASE_URL: 'two' }]) {
    assert.throws(() => writeEnvironment(file, variables), { code: 'service' });
    assert.equal(readFileSync(file, 'utf8'), torn);
  }
});
