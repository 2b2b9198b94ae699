import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, type TestContext, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import {
  Admin,
  Consumer,
  MessagesStreamFallbackModes,
  MessagesStreamModes,
  Producer,
  stringDeserializers,
  stringSerializers,
} from '@platformatic/kafka';
import { askKafka } from '../services/kafka-wire.ts';
import { needsKafkaPrograms } from '../services/testing.ts';
import { createFolder, runProgram } from './index.ts';
import { needsKafka, startKafka, testBrokers } from './kafka.ts';

test('a suite that needs Kafka runs with it, is loudly skipped without, and on CI fails', (t) => {
  assert.deepEqual(needsKafka({ TEST_KAFKA_BROKERS: 'somewhere:9092', CI: 'true' }), { skip: false });
  assert.match(String(needsKafka({}).skip), /^NOT RUN, needs Kafka: .*npm test.*TEST_KAFKA_BROKERS/);
  assert.throws(() => needsKafka({ CI: 'true' }), /CI=true/);
  const before = process.env.TEST_KAFKA_BROKERS;
  t.after(() => {
    if (before !== undefined) process.env.TEST_KAFKA_BROKERS = before;
  });
  delete process.env.TEST_KAFKA_BROKERS;
  assert.throws(() => testBrokers(), /give the suite needsKafka\(\)/);
});

function clientOf(brokers: string) {
  return { clientId: 'medcenter-test', bootstrapBrokers: brokers.split(','), retries: 3, timeout: 3000 };
}

async function createAdmin(t: TestContext, brokers: string): Promise<Admin> {
  const admin = new Admin(clientOf(brokers));
  t.after(() => admin.close());
  return admin;
}

/** Sends one message; what it answers is that the broker has it. */
async function send(brokers: string, topic: string, value: string): Promise<void> {
  const options = { serializers: stringSerializers, idempotent: true };
  const producer = new Producer({ ...clientOf(brokers), ...options });
  try {
    await producer.send({ messages: [{ topic, key: 'patient', value }] });
  } finally {
    await producer.close();
  }
}

/** The next messages that the group has not committed, which it then commits. */
async function receive(brokers: string, topic: string, count: number): Promise<string[]> {
  const options = { groupId: `${topic}-readers`, deserializers: stringDeserializers };
  const consumer = new Consumer({ ...clientOf(brokers), ...options });
  try {
    const stream = await consumer.consume({
      topics: [topic],
      mode: MessagesStreamModes.COMMITTED,
      fallbackMode: MessagesStreamFallbackModes.EARLIEST,
      autocommit: false,
    });
    const values: string[] = [];
    for await (const message of stream) {
      values.push(String(message.value));
      await message.commit();
      if (values.length === count) break;
    }
    return values;
  } finally {
    await consumer.close(true);
  }
}

suite('a Kafka for a test', needsKafkaPrograms(), () => {
  // One broker for all, for each takes some seconds to start.
  test('serves, bears what a test does to it, and is gone after it, also frozen', async (t) => {
    let brokers = '';
    await t.test('the test', async (t) => {
      const server = await startKafka(t);
      brokers = server.brokers;
      const admin = await createAdmin(t, brokers);
      await admin.createTopics({ topics: ['appointments'], partitions: 1, replicas: 1 });

      await t.test('after a file of tests it has no topic of theirs, also when one failed', async (t) => {
        const { stdout, exitCode } = await runTestFile(t, brokers);
        assert.equal(exitCode, 1);
        assert.match(stdout, /2 topics.*3 topics/s);
        assert.deepEqual(await admin.listTopics(), ['appointments']);
      });

      await t.test('killed, it comes back with what it acknowledged and what was committed', async () => {
        await send(brokers, 'appointments', 'first');
        assert.deepEqual(await receive(brokers, 'appointments', 1), ['first']);
        await send(brokers, 'appointments', 'second');
        await server.kill();
        await assert.rejects(askKafka(brokers), { code: 'ECONNREFUSED' });
        await server.restart();
        await send(brokers, 'appointments', 'third');
        assert.deepEqual(await receive(brokers, 'appointments', 2), ['second', 'third']);
      });

      await t.test('frozen, it answers nothing, and thawed, it goes on', async () => {
        await server.freeze();
        await assert.rejects(askKafka(brokers, 200), { code: 'ETIMEDOUT' });
        await server.thaw();
        await send(brokers, 'appointments', 'fourth');
        assert.deepEqual(await receive(brokers, 'appointments', 1), ['fourth']);
      });
      await server.freeze();
    });
    await assert.rejects(askKafka(brokers), { code: 'ECONNREFUSED' });
  });
});

/** Two tests that make a topic each, one of which fails. */
async function runTestFile(t: TestContext, brokers: string) {
  const cwd = await createFolder(t);
  const file = join(cwd, 'a.test.ts');
  const library = JSON.stringify(pathToFileURL(join(import.meta.dirname, 'kafka.ts')).href);
  const client = JSON.stringify(import.meta.resolve('@platformatic/kafka'));
  writeFileSync(
    file,
    `import { test } from 'node:test';
     import { Admin } from ${client};
     import { createTopicPrefix, testBrokers } from ${library};
     for (const name of ['passes', 'fails']) {
       test(name, async () => {
         const admin = new Admin({ clientId: 'a', bootstrapBrokers: testBrokers().split(',') });
         const topic = createTopicPrefix() + 'appointments';
         await admin.createTopics({ topics: [topic], partitions: 1, replicas: 1 });
         console.log((await admin.listTopics()).length + ' topics');
         await admin.close();
         if (name === 'fails') throw new Error('no');
       });
     }`,
  );
  return await runProgram(t, file, [], {
    cwd,
    env: { TEST_KAFKA_BROKERS: brokers },
    timeoutMs: 60_000,
  });
}
