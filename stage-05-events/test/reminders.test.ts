import assert from 'node:assert/strict';
import { suite, type TestContext, test } from 'node:test';
import { messageIdOf, type Reminder } from '../src/domain/index.ts';
import { type Notifier, scheduleReminder, startReminderSender } from '../src/events/index.ts';
import { type ClinicStorage, sqlReminders } from '../src/repository/index.ts';
import { eventually } from './contracts/index.ts';
import { createMovableClock, createTellingClinic, DATABASES, openStorage } from './support.ts';

/** Keeps what it sends. */
function createListNotifier(before: (reminder: Reminder) => Promise<void> = async () => {}) {
  const sent: Reminder[] = [];
  const notifier: Notifier = {
    async send(reminder) {
      await before(reminder);
      sent.push(reminder);
    },
    close() {},
  };
  return { notifier, sent };
}

for (const { name, suite: options, place } of DATABASES) {
  suite(`reminders over ${name}`, options, () => {
    const open = async (t: TestContext) => {
      const database = await place(t);
      const clock = createMovableClock('2027-02-01T10:00:00.000Z');
      const clinic = await createTellingClinic(await openStorage(t, database), clock);
      const deps = { storage: clinic.stored, clock };
      const schedule = scheduleReminder({ ...deps, leadHours: 24 });
      const handled = new Set<string>();
      return {
        ...clinic,
        ...deps,
        database,
        /** Hands over what was told since the last time. */
        async deliver() {
          for (const event of await clinic.waiting()) {
            if (!handled.has(event.id)) await schedule(event);
            handled.add(event.id);
          }
        },
        /** Sends what is due, and no more than that. */
        async sendDue(notifier: Notifier, storage: ClinicStorage = clinic.stored) {
          const looks = Promise.withResolvers<void>();
          let transactions = 0;
          const watched: ClinicStorage = {
            ...storage,
            async transaction(work) {
              const result = await storage.transaction(work);
              transactions += 1;
              if (transactions === 1 && Array.isArray(result)) looks.resolve();
              return result;
            },
          };
          const sender = startReminderSender({ ...deps, storage: watched, notifier, onTrouble() {} });
          await looks.promise;
          await sender[Symbol.asyncDispose]();
        },
      };
    };
    const rows = (storage: ClinicStorage) =>
      storage.sql.query<{ version: number; status: string }>(
        'SELECT version, status FROM reminders ORDER BY appointment_id, version',
      );

    test('one falls due 24 hours before the start, and is sent once', async (t) => {
      const { book, deliver, sendDue, clock } = await open(t);
      const { id, patientId, doctorId } = await book(); // At midnight of 1 March.
      await deliver();
      await deliver();
      const { notifier, sent } = createListNotifier();
      clock.moveTo('2027-02-27T23:59:59.999Z');
      await sendDue(notifier);
      assert.deepEqual(sent, []);
      clock.moveTo('2027-02-28T00:00:00.000Z');
      for (let round = 0; round < 3; round++) await sendDue(notifier);
      clock.moveTo('2027-02-28T12:00:00.000Z');
      await sendDue(notifier);
      assert.deepEqual(sent, [
        {
          appointmentId: id,
          version: 1,
          patientId,
          doctorId,
          startsAt: '2027-03-01T00:00:00.000Z',
          dueAt: '2027-02-28T00:00:00.000Z',
        },
      ]);
    });

    test('a moved appointment is reminded of at its new time; also after the old one was sent', async (t) => {
      const { book, appointments, deliver, sendDue, clock, stored } = await open(t);
      const { id } = await book();
      const { notifier, sent } = createListNotifier();
      await appointments.change(id, { startsAt: '2027-03-10T09:00:00Z', endsAt: '2027-03-10T09:30:00Z' });
      await deliver();
      clock.moveTo('2027-03-08T12:00:00.000Z');
      await sendDue(notifier);
      assert.deepEqual(sent, []);
      clock.moveTo('2027-03-09T10:00:00.000Z');
      await sendDue(notifier);
      await appointments.change(id, { endsAt: '2027-03-10T10:00:00Z' }); // Nobody comes at another time.
      await deliver();
      await sendDue(notifier);
      await appointments.change(id, { startsAt: '2027-03-20T09:00:00Z', endsAt: '2027-03-20T10:00:00Z' });
      await deliver();
      clock.moveTo('2027-03-19T10:00:00.000Z');
      await sendDue(notifier);
      assert.deepEqual(
        sent.map(({ version, startsAt }) => [version, startsAt]),
        [
          [2, '2027-03-10T09:00:00.000Z'],
          [4, '2027-03-20T09:00:00.000Z'],
        ],
      );
      assert.deepEqual(
        (await rows(stored)).map(({ status }) => status),
        ['dropped', 'sent', 'sent', 'sent'],
      );
    });

    test('a cancelled one is not reminded of, also when that was told before the booking', async (t) => {
      const { book, appointments, waiting, sendDue, clock, stored } = await open(t);
      const { id } = await book();
      await appointments.change(id, { status: 'cancelled', cancellationReason: 'ill' });
      const schedule = scheduleReminder({ storage: stored, clock, leadHours: 24 });
      for (const event of (await waiting()).toReversed()) {
        await schedule(event);
        await schedule(event);
      }
      clock.moveTo('2027-02-28T12:00:00.000Z');
      const { notifier, sent } = createListNotifier();
      await sendDue(notifier);
      assert.deepEqual(sent, []);
      assert.deepEqual(await rows(stored), [{ version: 2, status: 'dropped' }]);
    });

    test('what is due is looked at once more: cancelled, arrived or over by then, it is dropped', async (t) => {
      const { book, appointments, deliver, sendDue, clock, stored } = await open(t);
      const [cancelled, arrived, kept] = [await book(), await book(), await book()];
      await deliver();
      // The news of it is still on its way.
      await appointments.change(cancelled.id, { status: 'cancelled', cancellationReason: 'ill' });
      await appointments.change(arrived.id, { status: 'arrived' });
      clock.moveTo('2027-02-28T12:00:00.000Z');
      const { notifier, sent } = createListNotifier();
      await sendDue(notifier);
      assert.deepEqual(
        sent.map(({ appointmentId }) => appointmentId),
        [kept.id],
      );
      await book();
      await deliver();
      clock.moveTo('2027-03-05T12:00:00.000Z');
      await sendDue(notifier);
      assert.equal(sent.length, 1);
      assert.equal((await rows(stored)).filter(({ status }) => status === 'due').length, 0);
    });

    test('two senders share what is due: each is sent once', async (t) => {
      const { book, deliver, clock, stored, database } = await open(t);
      for (let n = 0; n < 23; n++) await book();
      await deliver();
      clock.moveTo('2027-02-28T23:30:00.000Z');
      const { notifier, sent } = createListNotifier();
      const other = await openStorage(t, database);
      await using _one = startReminderSender({ storage: stored, clock, notifier, onTrouble: assert.fail });
      await using _two = startReminderSender({ storage: other, clock, notifier, onTrouble: assert.fail });
      await eventually(async () => (await rows(stored)).every(({ status }) => status === 'sent'));
      assert.equal(sent.length, 23);
      assert.equal(new Set(sent.map(messageIdOf)).size, 23);
    });

    test('one whose sender died between sending and marking is sent again, under the same message id', async (t) => {
      const { book, deliver, sendDue, clock, stored } = await open(t);
      const { id } = await book();
      await deliver();
      clock.moveTo('2027-02-28T12:00:00.000Z');
      const { notifier, sent } = createListNotifier();
      const dying: ClinicStorage = {
        ...stored,
        transaction: (work) =>
          sent.length === 1 ? Promise.reject(new Error('killed')) : stored.transaction(work),
      };
      await sendDue(notifier, dying);
      assert.equal(sent.length, 1);
      await sendDue(notifier); // It is still claimed.
      assert.equal(sent.length, 1);
      clock.moveBy(61_000);
      await sendDue(notifier);
      assert.deepEqual(sent.map(messageIdOf), [`reminder-${id}-1`, `reminder-${id}-1`]);
      clock.moveBy(61_000);
      await sendDue(notifier);
      assert.equal(sent.length, 2);
    });

    test('one that cannot be sent does not hold up the others, and is tried again', async (t) => {
      const { book, deliver, sendDue, clock } = await open(t);
      const [bad, good] = [await book(), await book()];
      await deliver();
      clock.moveTo('2027-02-28T12:00:00.000Z');
      let isAway = true;
      const { notifier, sent } = createListNotifier(async ({ appointmentId }) => {
        if (isAway && appointmentId === bad.id) throw new Error('no such mailbox');
      });
      await sendDue(notifier);
      assert.deepEqual(
        sent.map(({ appointmentId }) => appointmentId),
        [good.id],
      );
      isAway = false;
      clock.moveBy(61_000);
      await sendDue(notifier);
      assert.equal(sent[1]?.appointmentId, bad.id);
    });

    test('is claimed by its order of falling due', async (t) => {
      const { book, deliver, clock, stored } = await open(t);
      for (let n = 0; n < 5; n++) await book();
      await deliver();
      clock.moveTo('2027-03-01T12:00:00.000Z');
      const claim = { now: clock.now(), forMs: 1_000, limit: 3 };
      const first = await stored.transaction((tx) => sqlReminders(tx.sql).claim(claim));
      const second = await stored.transaction((tx) => sqlReminders(tx.sql).claim(claim));
      const hours = [...first, ...second].map(({ startsAt }) => startsAt.slice(11, 13)).sort();
      assert.deepEqual([first.length, second.length, hours], [3, 2, ['00', '01', '02', '03', '04']]);
    });
  });
}
