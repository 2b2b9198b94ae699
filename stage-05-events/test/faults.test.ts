import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { suite, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createTopicPrefix, needsKafka, startKafka, testBrokers } from '@medcenter/shared/testing/kafka';
import { needsPostgres, startPostgres } from '@medcenter/shared/testing/postgres';
import { DEAD_LETTER_TOPICS, openKafkaLog } from '../src/events/index.ts';
import { eventually, sampleAppointment, sampleEvent } from './contracts/index.ts';
import { createBooker, totals } from './program.ts';
import { embeddedEnvironment, signIn, startApi } from './support.ts';

/** How long the database is away while events are read. */
const AWAY_MS = 3_000;

async function startOver(t: TestContext, changes: Record<string, string>) {
  const { url, lines } = await startApi(t, { ...(await embeddedEnvironment(t)), ...changes });
  const client = await signIn(url);
  return { client, lines, ...(await createBooker(client)) };
}

suite('a broker of Kafka', needsKafka(), () => {
  test('that is stopped holds up no booking; when it is back, all arrives within 10 s; so when it is killed', async (t) => {
    const kafka = await startKafka(t);
    await kafka.stop(); // It is not needed for a start.
    const { client, book } = await startOver(t, { KAFKA_BROKERS: kafka.brokers });
    let booked = 0;
    const bookSome = async () => {
      for (let n = 0; n < 5; n++) {
        const begun = performance.now();
        assert.equal((await book()).status, 201);
        assert.ok(performance.now() - begun < 1_000);
        booked += 1;
      }
    };
    const allArrive = async (what: string) => {
      await eventually(async () => (await totals(client)).booked === booked, { what, patienceMs: 10_000 });
    };
    await bookSome();
    await kafka.restart();
    await allArrive('all, from the start');
    for (const end of [kafka.stop, kafka.kill]) {
      await end();
      await bookSome();
      await sleep(1_500); // Some attempts fail, and wait longer each time.
      await bookSome();
      await kafka.restart();
      await allArrive('all, after the restart');
      await bookSome();
      await allArrive('those that came later');
    }
    await kafka.freeze();
    await bookSome();
    await sleep(1_500);
    await kafka.thaw();
    await allArrive('all, after the thaw');
  });

  test('that does not answer makes the lag unavailable in time; it is told again when the broker is back', async (t) => {
    const kafka = await startKafka(t);
    const log = await openKafkaLog({ brokers: [kafka.brokers], prefix: createTopicPrefix() });
    t.after(() => log.close());
    const topic = 'appointments.created';
    const lag = async () => (await log.lag('group', [topic])).get(topic);
    await log.publish([{ topic, key: 'k', value: 'v' }]);
    assert.equal(await lag(), 1);
    for (const { leave, comeBack } of [
      { leave: kafka.kill, comeBack: kafka.restart },
      { leave: kafka.freeze, comeBack: kafka.thaw },
    ]) {
      await leave();
      const begun = performance.now();
      await assert.rejects(lag(), { code: 'unavailable' });
      assert.ok(performance.now() - begun < 6_000);
      await comeBack();
      await eventually(async () => (await lag().catch(() => undefined)) === 1);
    }
  });
});

suite('PostgreSQL', { skip: needsKafka().skip || needsPostgres().skip }, () => {
  test('away while events are read: nothing is put aside, and the figures are right after it', async (t) => {
    const postgres = await startPostgres(t);
    const kafka = { KAFKA_BROKERS: testBrokers(), KAFKA_TOPIC_PREFIX: createTopicPrefix() };
    const { client, lines } = await startOver(t, { DATABASE_URL: postgres.url, ...kafka });
    const log = await openKafkaLog({ brokers: testBrokers().split(','), prefix: kafka.KAFKA_TOPIC_PREFIX });
    t.after(() => log.close());
    const doctorId = randomUUID();
    let told = 0;
    const tellSome = async () => {
      const events = Array.from({ length: 60 }, () =>
        sampleEvent('appointment.created', sampleAppointment({ patientId: randomUUID(), doctorId })),
      );
      const topic = 'appointments.created';
      await log.publish(events.map((event) => ({ topic, key: event.subject, value: JSON.stringify(event) })));
      told += events.length;
    };
    await tellSome();
    await eventually(async () => (await totals(client)).booked > 0);
    for (const { leave, comeBack } of [
      { leave: postgres.freeze, comeBack: postgres.thaw },
      { leave: postgres.kill, comeBack: postgres.restart },
      { leave: postgres.stop, comeBack: postgres.restart },
    ]) {
      await tellSome();
      await leave();
      await tellSome();
      await sleep(AWAY_MS);
      await comeBack();
      await eventually(async () => (await totals(client).catch(() => undefined))?.booked === told, {
        what: 'all to be counted',
        patienceMs: 20_000,
      });
    }
    assert.ok(lines.some((line) => line.includes('was not handled')));
    for await (const letter of log.list(DEAD_LETTER_TOPICS)) assert.fail(JSON.stringify(letter));
  });
});
