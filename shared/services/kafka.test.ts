import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { parseEnv } from 'node:util';
import { kafka } from './kafka.ts';
import { isOfKafka, kafkaSettings } from './kafka-process.ts';
import { askKafka } from './kafka-wire.ts';
import { listProcesses } from './processes.ts';
import { readRecord } from './record.ts';
import { findServerUser } from './server-user.ts';
import { createLauncher, environmentFile, needsKafkaPrograms, type TestLauncher } from './testing.ts';

function brokersIn(root: string): string {
  const { KAFKA_BROKERS } = parseEnv(readFileSync(environmentFile(root), 'utf8'));
  return KAFKA_BROKERS ?? assert.fail('There is no KAFKA_BROKERS in .env.');
}

async function stateOf({ run, lines }: TestLauncher): Promise<string> {
  lines.length = 0;
  assert.equal(await run('status'), 0);
  return lines.splice(0)[1]?.split(/ {2,}/)[2] ?? '';
}

async function findPids(root: string): Promise<number[]> {
  const { folder } = readRecord(root, 'kafka') ?? assert.fail();
  const all = (await listProcesses()).filter((process) => isOfKafka(process, folder));
  return all.map(({ pid }) => pid);
}

suite('the Kafka of a clone, as a process', needsKafkaPrograms(), () => {
  // One story, for each start takes some seconds.
  test('comes up, is shown, freezes, thaws, dies, comes back with its data, also beside what a crash left, and ends', async (t) => {
    const launcher = createLauncher(t, { services: [kafka] }, ['kafka']);
    const { root, lines, run } = launcher;
    assert.equal(await run('up'), 0);
    assert.match(lines.splice(0).join('\n'), /Kafka is up: 127\.0\.0\.1:\d+.*\.env: KAFKA_BROKERS$/s);
    const brokers = brokersIn(root);
    assert.match(brokers, /^127\.0\.0\.1:\d+$/);
    const { id } = await askKafka(brokers);

    await run('status');
    const [, row = ''] = lines.splice(0);
    const [name, way, state, address, pid] = row.split(/ {2,}/);
    assert.deepEqual([name, way, state, address], ['kafka', 'local', 'up', brokers]);
    assert.deepEqual(await findPids(root), [Number(pid)]);

    assert.equal(await run('up'), 0);
    assert.match(lines.splice(0).join('\n'), /^Kafka is there already/);

    await run('freeze');
    await assert.rejects(askKafka(brokers, 300), { code: 'ETIMEDOUT' });
    assert.equal(await stateOf(launcher), 'frozen');
    assert.equal(await run('up'), 1);
    await run('thaw');
    assert.equal((await askKafka(brokers)).id, id);

    // Its pid is another program's by now, and so is its port.
    await run('kill');
    assert.equal(await stateOf(launcher), 'down');
    await assert.rejects(askKafka(brokers), { code: 'ECONNREFUSED' });
    const sleeper = spawn('sleep', ['600'], { ...findServerUser(), stdio: 'ignore' });
    t.after(() => sleeper.kill('SIGKILL'));
    const { folder } = readRecord(root, 'kafka') ?? assert.fail();
    writeFileSync(join(folder, 'kafka.pid'), `${sleeper.pid}\n`);
    const taker = createServer().listen(Number(brokers.split(':')[1]), '127.0.0.1');
    await once(taker, 'listening');
    t.after(() => taker.close());
    assert.equal(await stateOf(launcher), 'down');
    for (const command of ['freeze', 'kill']) assert.equal(await run(command), 1);
    assert.equal(await run('restart'), 0);
    assert.notEqual(brokersIn(root), brokers);
    assert.equal((await askKafka(brokersIn(root))).id, id);
    assert.deepEqual([sleeper.exitCode, sleeper.signalCode], [null, null]);
    lines.length = 0;
    await run('logs', '--lines', '500');
    assert.match(lines.join(), /Kafka Server started/);

    await run('freeze');
    assert.equal(await run('down'), 0);
    assert.equal(await stateOf(launcher), 'down');
    assert.deepEqual(await findPids(root), []);
    assert.equal(readFileSync(environmentFile(root), 'utf8'), 'PORT=3003\n');
  });

  test('is ended again when the launcher is interrupted while its data are made, or while it starts', async (t) => {
    for (const moment of ['making its data', 'starting on']) {
      const interruption = new AbortController();
      const say = (line: string) => {
        if (line.includes(moment)) setTimeout(() => interruption.abort(), 100);
      };
      const options = { services: [kafka], say, signal: interruption.signal };
      const { root, run } = createLauncher(t, options, ['kafka']);
      assert.equal(await run('up'), 130, moment);
      const { wanted, folder } = readRecord(root, 'kafka') ?? assert.fail();
      assert.equal(wanted, false);
      assert.deepEqual(await findPids(root), []);
      assert.equal(existsSync(join(folder, 'data')), moment === 'starting on');
    }
  });
});

test('its container, its jars and its settings are those of the local one', () => {
  const compose = readFileSync(join(import.meta.dirname, '..', '..', 'compose.yaml'), 'utf8');
  for (const [name, value] of Object.entries(kafkaSettings)) {
    const variable = `KAFKA_${name.toUpperCase().replaceAll('.', '_')}`;
    assert.ok(compose.includes(`      ${variable}: "${value}"\n`), `${variable} is not "${value}"`);
  }
  const pom = readFileSync(join(import.meta.dirname, 'pom.xml'), 'utf8');
  const version = /<artifactId>kafka_2\.13<\/artifactId>\s*<version>([\d.]+)</.exec(pom)?.[1];
  assert.ok(compose.includes(`image: apache/kafka:${version}\n`));
  const programs = readFileSync(join(import.meta.dirname, 'kafka-programs.ts'), 'utf8');
  assert.ok(programs.includes(`'kafka-${version}'`));
});
