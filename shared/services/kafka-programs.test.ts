import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, type TestContext, test } from 'node:test';
import { createFolder } from '../testing/index.ts';
import { findKafkaPrograms, provideKafkaPrograms, reachKafkaPrograms } from './kafka-programs.ts';
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
  const jars = join(root, '.services', 'programs', 'kafka-4.2.0');
  return { root, bin, env: { PATH: bin }, jars, java: join(bin, 'java') };
}

const recent = 'echo "openjdk 17.0.15 2025-04-15"';
const oracle = 'echo "java 21 2023-09-19 LTS"';
const old = 'echo "openjdk 11.0.2 2019-01-15"';
/** It knows -version alone, and macOS has a program of this name where there is none. */
const without = 'echo "Unrecognized option: --version" >&2; exit 1';
const onPosix = { skip: process.platform === 'win32' && 'the false programs are scripts for sh' };

suite('the programs of Kafka', onPosix, () => {
  test('are what was fetched, and a Java from 17 up: that of JAVA_HOME before that of the PATH', async (t) => {
    const machine = await createMachine(t, { java: recent, mvn: 'exit 7' });
    assert.equal(findKafkaPrograms(machine), undefined);
    mkdirSync(machine.jars, { recursive: true });
    assert.deepEqual(findKafkaPrograms(machine), { java: machine.java, jars: machine.jars });
    const other = await createMachine(t, { java: oracle });
    const env = { ...machine.env, JAVA_HOME: other.root };
    assert.deepEqual(await provideKafkaPrograms({}, { ...machine, env }), {
      java: other.java,
      jars: machine.jars,
    });
  });

  test('are missed with a word about what helps', async (t) => {
    for (const java of [old, without]) {
      const machine = await createMachine(t, { java, mvn: 'exit 7' });
      await assert.rejects(provideKafkaPrograms({}, machine), {
        code: 'service',
        message:
          /^There is no Java from version 17 up.*\nInstall Java and Maven .*apt install.*a container\.$/,
      });
      mkdirSync(machine.jars, { recursive: true });
      assert.equal(findKafkaPrograms(machine), undefined);
    }
    const machine = await createMachine(t, { java: recent });
    await assert.rejects(provideKafkaPrograms({}, machine), {
      code: 'service',
      message: /^There is no Maven on the PATH to fetch Kafka with\.\nInstall Java and Maven/,
    });
    assert.ok(!existsSync(join(machine.root, '.services')));
  });

  test('are not taken when the fetching fails, or brings something else', async (t) => {
    const failing = await createMachine(t, {
      java: recent,
      mvn: 'echo "Checksum validation failed"; exit 1',
    });
    await assert.rejects(provideKafkaPrograms({}, failing), {
      code: 'service',
      message: 'Maven could not fetch Kafka.\nChecksum validation failed',
    });
    // Writes a jar into the folder that it is told, when a wrong checksum would have been an error.
    const script = `strict=no; for word in "$@"; do case "$word" in
      --strict-checksums) strict=yes ;;
      -DoutputDirectory=*) folder="\${word#*=}" ;;
    esac; done; test $strict = yes && echo something else > "$folder/kafka.jar"`;
    const wrong = await createMachine(t, { java: recent, mvn: script });
    await assert.rejects(provideKafkaPrograms({}, wrong), {
      code: 'service',
      message: /SHA-256 of its jars differs/,
    });
    for (const { root } of [failing, wrong]) {
      assert.deepEqual(readdirSync(join(root, '.services', 'programs')), []);
    }
  });

  test('give way to an interruption', async (t) => {
    const machine = await createMachine(t, { java: recent, mvn: 'exec /bin/sleep 60' });
    const reason = new Error('interrupted');
    const interruption = new AbortController();
    const say = () => setTimeout(() => interruption.abort(reason), 50);
    await assert.rejects(provideKafkaPrograms({ say, signal: interruption.signal }, machine), reason);
  });

  test('are copied, once, to where the user of the server can read them', async (t) => {
    const user = findServerUser();
    const { jars } = await createMachine(t, {});
    const place = await createFolder(t);
    chmodSync(place, 0o711);
    mkdirSync(jars, { recursive: true });
    writeFileSync(join(jars, 'kafka.jar'), 'jar', { mode: 0o644 });
    const programs = { java: '/bin/sh', jars };
    const reached = reachKafkaPrograms(user, place, programs);
    assert.deepEqual(reached, { java: '/bin/sh', jars: user ? join(place, 'kafka-4.2.0') : jars });
    assert.equal(readFileSync(join(reached.jars, 'kafka.jar'), 'utf8'), 'jar');
    assert.deepEqual(reachKafkaPrograms(user, place, programs), reached);
  });

  test('are not run as root, whose own Java nobody else can start', {
    skip: process.getuid?.() !== 0 && 'only root lends the server another user',
  }, async (t) => {
    const { java, jars } = await createMachine(t, { java: recent });
    assert.throws(() => reachKafkaPrograms(findServerUser(), '/', { java, jars }), {
      code: 'service',
      message: /^No server is run as root.*where no other user may come/,
    });
  });
});
