import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { suite, type TestContext, test } from 'node:test';
import { type Appointment, type AppointmentEvent, topicOf } from '../src/domain/index.ts';
import { countEvent, type EventLog, replayStatistics } from '../src/events/index.ts';
import { sqlInbox, sqlStatistics } from '../src/repository/index.ts';
import { sampleAppointment, sampleEvent } from './contracts/index.ts';
import { createMovableClock, DATABASES, FILE_LOG, openStorage } from './support.ts';

const DOCTOR = randomUUID();
const clock = createMovableClock();

/** The story of one appointment: booked for 1 March, moved to the 2nd, cancelled. */
function storyOf(overrides: Partial<Appointment> = {}): AppointmentEvent[] {
  const booked = sampleAppointment({ patientId: randomUUID(), doctorId: DOCTOR, ...overrides });
  const time = { startsAt: '2027-03-02T09:00:00.000Z', endsAt: '2027-03-02T09:30:00.000Z' };
  const moved = { ...booked, ...time, version: 2 };
  const cancelled: Appointment = { ...moved, status: 'cancelled', cancellationReason: 'ill', version: 3 };
  return [
    sampleEvent('appointment.created', booked),
    sampleEvent('appointment.rescheduled', moved),
    sampleEvent('appointment.cancelled', cancelled),
  ];
}

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length < 2) return [[...items]];
  return items.flatMap((item, index) =>
    permutations(items.toSpliced(index, 1)).map((rest) => [item, ...rest]),
  );
}

const publish = (log: EventLog, events: readonly AppointmentEvent[]) =>
  log.publish(
    events.map((event) => ({ topic: topicOf(event.type), key: event.subject, value: JSON.stringify(event) })),
  );

for (const { name, suite: options, place } of DATABASES) {
  suite(`the statistics in ${name}`, options, () => {
    const open = async (t: TestContext) => {
      const storage = await openStorage(t, await place(t));
      const statistics = sqlStatistics(storage.sql);
      return { storage, statistics, count: countEvent({ storage, clock }) };
    };

    test('are the same in whatever order the events come, and however often', async (t) => {
      const { statistics, count } = await open(t);
      const orders = permutations(storyOf().map((_, index) => index));
      for (const order of orders) {
        const story = storyOf();
        for (const index of [...order, ...order]) await count(story[index] ?? assert.fail());
      }
      assert.deepEqual(await statistics.list({}), [
        { date: '2027-03-02', doctorId: DOCTOR, booked: orders.length, cancelled: orders.length },
      ]);
    });

    test('count an event once, also when two take it at the same time', async (t) => {
      const { storage, statistics, count } = await open(t);
      const [created = assert.fail()] = storyOf();
      await Promise.all(Array.from({ length: 10 }, () => count(created)));
      assert.deepEqual(await statistics.list({}), [
        { date: '2027-03-01', doctorId: DOCTOR, booked: 1, cancelled: 0 },
      ]);
      const inbox = await storage.sql.query('SELECT * FROM inbox');
      assert.equal(inbox.length, 1);
    });

    test('are listed by date and doctor, between two dates, and for one doctor', async (t) => {
      const { statistics, count } = await open(t);
      const other = randomUUID();
      for (const [startsAt, doctorId] of [
        ['2027-03-03T23:59:00.000Z', DOCTOR],
        ['2027-03-01T00:00:00.000Z', DOCTOR],
        ['2027-03-02T12:00:00.000Z', DOCTOR],
        ['2027-03-02T12:00:00.000Z', other],
      ] as const) {
        const [created = assert.fail()] = storyOf({ startsAt, doctorId });
        await count(created);
      }
      const list = async (query: Parameters<typeof statistics.list>[0]) =>
        (await statistics.list(query)).map(({ date, doctorId }) => [date, doctorId]);
      const [low, high] = [DOCTOR, other].sort();
      assert.deepEqual(await list({}), [
        ['2027-03-01', DOCTOR],
        ['2027-03-02', low],
        ['2027-03-02', high],
        ['2027-03-03', DOCTOR],
      ]);
      assert.equal((await list({ from: '2027-03-02' })).length, 3);
      assert.equal((await list({ from: '2027-03-02', to: '2027-03-02' })).length, 2);
      assert.deepEqual(await list({ doctorId: other, to: '2027-03-02' }), [['2027-03-02', other]]);
      assert.deepEqual(await list({ doctorId: 'nobody' }), []);
    });

    test('are the same after a replay, which mends what is wrong, and keeps what comes meanwhile', async (t) => {
      const { storage, statistics, count } = await open(t);
      const log = await (await FILE_LOG.place(t))();
      const stories = Array.from({ length: 700 }, () => storyOf());
      const events = stories.flatMap((story, n) => story.slice(0, 1 + (n % 3)));
      await publish(log, events.toReversed());
      await log.publish([{ topic: 'appointments.created', key: 'k', value: 'not json' }]);
      const newest = stories.map((story, n) => story[n % 3]?.data ?? assert.fail());
      await storage.transaction(async (tx) => {
        const table = sqlStatistics(tx.sql);
        for (const half of [newest.slice(0, 350), newest.slice(350)]) await table.put(half, clock.now());
      });
      const right = await statistics.list({});
      assert.equal(
        right.reduce((sum, { booked }) => sum + booked, 0),
        700,
      );
      await storage.transaction(async (tx) => {
        await tx.sql.query(
          "UPDATE appointment_facts SET status = 'cancelled', version = 9 WHERE date = '2027-03-01'",
        );
        await tx.sql.query("DELETE FROM appointment_facts WHERE date = '2027-03-02'");
        const phantom = sampleAppointment({ patientId: randomUUID(), doctorId: DOCTOR });
        await sqlStatistics(tx.sql).put([phantom], clock.now());
      });
      clock.moveBy(60_000);
      const late = storyOf({ startsAt: '2027-04-01T09:00:00.000Z' })[0] ?? assert.fail();
      const listing: Pick<EventLog, 'list'> = {
        async *list(topics) {
          yield* log.list(topics);
          await count(late); // Told, and counted, when the end of the log had been read.
        },
      };
      assert.equal(await replayStatistics({ storage, clock, log: listing }), events.length);
      const [last, ...others] = (await statistics.list({})).toReversed();
      assert.deepEqual(others.toReversed(), right);
      assert.deepEqual(last, { date: '2027-04-01', doctorId: DOCTOR, booked: 1, cancelled: 0 });
    });

    test('note what is counted with what is counted; the note is swept when it is old', async (t) => {
      const { storage, statistics, count } = await open(t);
      const [created = assert.fail()] = storyOf();
      const broken = {
        ...storage,
        transaction: ((work) =>
          storage.transaction(async (tx) => {
            await work(tx);
            throw new Error('pulled out');
          })) as typeof storage.transaction,
      };
      await assert.rejects(countEvent({ storage: broken, clock })(created), /pulled out/);
      assert.deepEqual(await statistics.list({}), []);
      await count(created);
      const now = clock.now();
      await storage.transaction((tx) => sqlInbox(tx.sql).sweep(now.toISOString()));
      assert.equal((await storage.sql.query('SELECT * FROM inbox')).length, 1);
      const later = new Date(now.getTime() + 1).toISOString();
      await storage.transaction((tx) => sqlInbox(tx.sql).sweep(later));
      assert.equal((await storage.sql.query('SELECT * FROM inbox')).length, 0);
      await count(created);
      assert.equal((await statistics.list({}))[0]?.booked, 1);
    });
  });
}
