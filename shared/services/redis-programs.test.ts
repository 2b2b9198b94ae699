import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, type TestContext, test } from 'node:test';
import { createFolder } from '../testing/index.ts';
import { findRedisProgram, provideRedisProgram, reachRedisProgram } from './redis-programs.ts';
import { findServerUser } from './server-user.ts';

/** A machine with these programs on its PATH, each a script for sh. */
async function createMachine(t: TestContext, programs: Readonly<Record<string, string>>) {
  const root = await createFolder(t);
  const bin = join(root, 'bin');
  mkdirSync(bin);
  for (const [name, script] of Object.entries(programs)) {
    writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(bin, name), 0o755);
  }
  return { root, bin, env: { PATH: bin } };
}

const old =
  'echo "Redis server v=6.0.16 sha=00000000:0 malloc=jemalloc-5.2.1 bits=64 build=6d95e1af3a2c082a"';
const recent =
  'echo "Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64 build=d81b8ff71cfb150e"';
const valkey =
  'echo "Valkey server v=8.1.1 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64 build=8f1d8f9d5e4f4a7b"';
const onPosix = { skip: process.platform === 'win32' && 'the false programs are scripts for sh' };

suite('the program of Redis', onPosix, () => {
  test('is one of the PATH, from 6.2 up, before any other', async (t) => {
    const machine = await createMachine(t, { 'redis-server': recent, 'valkey-server': valkey });
    assert.equal(findRedisProgram(machine), join(machine.bin, 'redis-server'));
    const aged = await createMachine(t, { 'redis-server': old, 'valkey-server': valkey });
    assert.equal(await provideRedisProgram({}, aged), join(aged.bin, 'valkey-server'));
  });

  test('is the one that was fetched, where there is none of its own', async (t) => {
    const machine = await createMachine(t, { 'redis-server': old, mvn: 'exit 7' });
    assert.equal(findRedisProgram(machine), undefined);
    const folder = join(machine.root, '.services', 'programs', 'redis-6.2');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'redis-server'), '');
    assert.equal(await provideRedisProgram({}, machine), join(folder, 'redis-server'));
  });

  test('is missed with a word about what helps', async (t) => {
    const machine = await createMachine(t, {});
    await assert.rejects(provideRedisProgram({}, machine), {
      code: 'service',
      message: /no Maven to fetch one\.\nInstall one of them .*apt install redis-server/,
    });
    assert.ok(!existsSync(join(machine.root, '.services')));
  });

  test('is not taken when the fetching fails, or brings something else', async (t) => {
    const failing = await createMachine(t, { mvn: 'echo "JAVA_HOME is not set" >&2; exit 1' });
    await assert.rejects(provideRedisProgram({}, failing), {
      code: 'service',
      message: 'Maven could not fetch redis-server.\nJAVA_HOME is not set',
    });
    // Writes the file that it is asked for into the folder that it is told.
    const script = `for word in "$@"; do case "$word" in
      -Dmdep.unpack.includes=*) file="\${word#*=}" ;;
      -DoutputDirectory=*) folder="\${word#*=}" ;;
    esac; done; echo something else > "$folder/$file"`;
    const wrong = await createMachine(t, { mvn: script });
    await assert.rejects(provideRedisProgram({}, wrong), { code: 'service', message: /its SHA-256 differs/ });
    for (const { root } of [failing, wrong]) {
      assert.deepEqual(readdirSync(join(root, '.services', 'programs')), []);
    }
  });

  test('gives way to an interruption', async (t) => {
    const machine = await createMachine(t, { mvn: 'exec /bin/sleep 60' });
    const reason = new Error('interrupted');
    const say = () => setTimeout(() => interruption.abort(reason), 50);
    const interruption = new AbortController();
    await assert.rejects(provideRedisProgram({ say, signal: interruption.signal }, machine), reason);
  });

  test('is copied, once, to where the user of the server can start it', async (t) => {
    const user = findServerUser();
    const { bin } = await createMachine(t, { 'redis-server': recent });
    const place = await createFolder(t);
    const reached = reachRedisProgram(user, place, join(bin, 'redis-server'));
    assert.equal(reached, join(user ? place : bin, 'redis-server'));
    assert.ok(readFileSync(reached, 'utf8').includes('v=7.0.15'));
  });
});
