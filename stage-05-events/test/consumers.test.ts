import assert from 'node:assert/strict';
import { suite, type TestContext, test } from 'node:test';
import { v7 as uuidv7 } from 'uuid';
import { type AppointmentEvent, topicOf, unavailable } from '../src/domain/index.ts';
import { type EventLog, type ReceivedMessage, startConsumer } from '../src/events/index.ts';
import { eventually, sampleAppointment, sampleEvent } from './contracts/index.ts';
import { FILE_LOG, LOGS } from './support.ts';

const GROUP = 'medcenter.tests';

function created(): AppointmentEvent {
  return sampleEvent('appointment.created', sampleAppointment({ patientId: uuidv7(), doctorId: uuidv7() }));
}

/** All with one key: in Kafka, of one partition. */
function messageOf(event: AppointmentEvent | string) {
  const value = typeof event === 'string' ? event : JSON.stringify(event);
  return { topic: 'appointments.created', key: 'one key', value };
}

async function lettersOf(log: EventLog): Promise<ReceivedMessage[]> {
  const letters: ReceivedMessage[] = [];
  for await (const letter of log.list(['appointments.created.dlq'])) letters.push(letter);
  return letters;
}

for (const { name, suite: options, place } of LOGS) {
  suite(`a consumer of ${name}`, options, () => {
    test('puts aside what can never be handled, as it was and with its cause, and goes on', async (t) => {
      const log = await (await place(t))();
      const [good, unknownType] = [created(), { ...created(), type: 'appointment.forgotten' }];
      await log.publish([
        { ...messageOf('not json'), headers: { 'x-from': 'elsewhere' } },
        messageOf(JSON.stringify(unknownType)),
        messageOf(good),
      ]);
      const handled: string[] = [];
      const begun = performance.now();
      await using _consumer = startConsumer({
        log,
        group: GROUP,
        handle: async ({ id }) => void handled.push(id),
        onTrouble() {},
      });
      await eventually(() => handled.length > 0, { patienceMs: 5_000 });
      assert.ok(performance.now() - begun < 5_000);
      assert.deepEqual(handled, [good.id]);
      const [first, second, ...more] = await lettersOf(log);
      assert.deepEqual(more, []);
      assert.deepEqual([first?.key, first?.value], ['one key', 'not json']);
      const { 'dlq-partition': partition, ...headers } = first?.headers ?? {};
      assert.match(partition ?? '', /^\d$/);
      assert.deepEqual(headers, {
        'x-from': 'elsewhere',
        'dlq-topic': 'appointments.created',
        'dlq-offset': '0',
        'dlq-group': GROUP,
        'dlq-attempts': '1',
        'dlq-error': 'the message is not JSON',
      });
      assert.equal(second?.value, JSON.stringify(unknownType));
      assert.match(second?.headers['dlq-error'] ?? '', /^\/type is none of appointment\.created/);
    });
  });
}

suite('a consumer', () => {
  const open = async (t: TestContext) => (await FILE_LOG.place(t))();

  test('accepts fields that it does not know, from a newer program', async (t) => {
    const log = await open(t);
    const event = created();
    const newer = { ...event, traceparent: '00-1', data: { ...event.data, room: '12' } };
    await log.publish([messageOf(JSON.stringify(newer))]);
    const handled: AppointmentEvent[] = [];
    const handle = async (each: AppointmentEvent) => void handled.push(each);
    await using _consumer = startConsumer({ log, group: GROUP, handle, onTrouble: assert.fail });
    await eventually(() => handled.length > 0);
    assert.deepEqual(handled, [newer]);
  });

  test('waits while what it needs is away; those behind wait too; nothing is put aside', async (t) => {
    const log = await open(t);
    const [one, other] = [created(), created()];
    await log.publish([messageOf(one), messageOf(other)]);
    const handled: string[] = [];
    let failures = 0;
    const handle = async ({ id }: AppointmentEvent) => {
      if (failures < 7) {
        failures += 1;
        assert.equal(id, one.id);
        throw unavailable('the database is away');
      }
      handled.push(id);
    };
    await using _consumer = startConsumer({ log, group: GROUP, handle, onTrouble() {} });
    await eventually(() => handled.length === 2, { patienceMs: 15_000 });
    assert.deepEqual(handled, [one.id, other.id]);
    assert.deepEqual(await lettersOf(log), []);
  });

  test('tries five times what fails for no known reason, whatever passed in between, then puts it aside', async (t) => {
    const log = await open(t);
    const [bad, good] = [created(), created()];
    await log.publish([messageOf(bad), messageOf(good)]);
    let attempts = 0;
    let handled = 0;
    const handle = async ({ id }: AppointmentEvent) => {
      if (id === good.id) handled += 1;
      else {
        attempts += 1;
        throw attempts % 2 ? unavailable('away') : new TypeError('a defect');
      }
    };
    const places: unknown[] = [];
    await using _consumer = startConsumer({
      log,
      group: GROUP,
      handle,
      onTrouble: (_error, place) => places.push(place),
    });
    await eventually(() => handled === 1, { patienceMs: 15_000 });
    assert.equal(attempts, 10);
    const [letter] = await lettersOf(log);
    assert.deepEqual(
      [letter?.headers['dlq-attempts'], letter?.headers['dlq-error'], letter?.value],
      ['5', 'a defect', JSON.stringify(bad)],
    );
    assert.deepEqual(places[0], { topic: 'appointments.created', partition: 0, offset: '0' });
  });

  test('does not skip what it cannot put aside', async (t) => {
    const log = await open(t);
    const good = created();
    await log.publish([messageOf('not json'), messageOf(good)]);
    const handled: string[] = [];
    let refusals = 0;
    const broken: Pick<EventLog, 'read' | 'publish'> = {
      read: (reading) => log.read(reading),
      async publish(messages) {
        assert.deepEqual(handled, []);
        refusals += 1;
        if (refusals <= 3) throw unavailable('the log is away');
        await log.publish(messages);
      },
    };
    const handle = async ({ id }: AppointmentEvent) => void handled.push(id);
    await using _consumer = startConsumer({ log: broken, group: GROUP, handle, onTrouble() {} });
    await eventually(() => handled.length === 1);
    assert.equal((await lettersOf(log)).length, 1);
    assert.equal(refusals, 4);
  });

  test('ended while it cannot put a message aside, finds it again', async (t) => {
    const log = await open(t);
    await log.publish([messageOf('not json')]);
    let refusals = 0;
    const broken: Pick<EventLog, 'read' | 'publish'> = {
      read: (reading) => log.read(reading),
      async publish() {
        refusals += 1;
        throw unavailable('the log is away');
      },
    };
    const handle = async () => assert.fail();
    const first = startConsumer({ log: broken, group: GROUP, handle, onTrouble() {} });
    await eventually(() => refusals > 0);
    await first[Symbol.asyncDispose]();
    assert.deepEqual(await lettersOf(log), []);
    await using _second = startConsumer({ log, group: GROUP, handle, onTrouble() {} });
    await eventually(async () => (await lettersOf(log)).length === 1);
  });

  test('says where each type of event is told', () => {
    assert.deepEqual(
      (['appointment.created', 'appointment.cancelled', 'appointment.rescheduled'] as const).map(topicOf),
      ['appointments.created', 'appointments.cancelled', 'appointments.rescheduled'],
    );
  });
});
