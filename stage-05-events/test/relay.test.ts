import assert from 'node:assert/strict';
import { suite, type TestContext, test } from 'node:test';
import { unavailable } from '../src/domain/index.ts';
import { type EventLog, type LogMessage, startRelay } from '../src/events/index.ts';
import type { ClinicStorage } from '../src/repository/index.ts';
import { eventually } from './contracts/index.ts';
import { createMovableClock, createTellingClinic, DATABASES, openStorage } from './support.ts';

/** A log that keeps what it is told in a list. */
function createListLog(before: (batch: number) => Promise<void> = async () => {}) {
  const told: { id: string; key: string; version: number }[] = [];
  const batches: number[] = [];
  const publish: EventLog['publish'] = async (messages: readonly LogMessage[]) => {
    batches.push(messages.length);
    await before(batches.length);
    for (const { value } of messages) {
      const { id, subject, data } = JSON.parse(String(value));
      told.push({ id, key: subject, version: data.version });
    }
  };
  return { publish, told, batches };
}

for (const { name, suite: options, place } of DATABASES) {
  suite(`the relay over ${name}`, options, () => {
    const open = async (t: TestContext) => {
      const database = await place(t);
      return { ...(await createTellingClinic(await openStorage(t, database))), database };
    };
    const bookAndMove = async ({ book, appointments, nextTime }: Awaited<ReturnType<typeof open>>) => {
      const { id } = await book();
      await appointments.change(id, nextTime());
      await appointments.change(id, nextTime());
    };

    test('tells all in batches, in the order of each appointment, and leaves nothing behind', async (t) => {
      const clinic = await open(t);
      for (let n = 0; n < 10; n++) await bookAndMove(clinic);
      const log = createListLog();
      await using _relay = startRelay({
        ...clinic,
        storage: clinic.stored,
        log,
        onTrouble: assert.fail,
        batch: 7,
      });
      await eventually(async () => (await clinic.waiting()).length === 0);
      assert.deepEqual(log.batches, [7, 7, 7, 7, 2]);
      const versions = Object.values(Object.groupBy(log.told, ({ key }) => key));
      assert.equal(versions.length, 10);
      for (const told of versions) {
        assert.deepEqual(
          told?.map(({ version }) => version),
          [1, 2, 3],
        );
      }
    });

    test('begins at once when it is woken, and by itself when nobody wakes it', async (t) => {
      const clinic = await open(t);
      const log = createListLog();
      await using relay = startRelay({ ...clinic, storage: clinic.stored, log, onTrouble: assert.fail });
      await clinic.book();
      const begun = performance.now();
      relay.wake();
      await eventually(() => log.told.length === 1);
      assert.ok(performance.now() - begun < 400);
      await clinic.book();
      await eventually(() => log.told.length === 2, { patienceMs: 3_000 });
    });

    test('two at once tell each event once', async (t) => {
      const clinic = await open(t);
      const log = createListLog();
      const other = await openStorage(t, clinic.database);
      const deps = { ...clinic, log, onTrouble: assert.fail, batch: 3 };
      await using one = startRelay({ ...deps, storage: clinic.stored });
      await using two = startRelay({ ...deps, storage: other });
      for (let n = 0; n < 10; n++) {
        await bookAndMove(clinic);
        one.wake();
        two.wake();
      }
      await eventually(async () => (await clinic.waiting()).length === 0);
      assert.equal(log.told.length, 30);
      assert.equal(new Set(log.told.map(({ id }) => id)).size, 30);
    });

    test('tells again, in the same order, what it could not take away: the ids are the same', async (t) => {
      const clinic = await open(t);
      await bookAndMove(clinic);
      const log = createListLog();
      let crashes = 1;
      const storage: ClinicStorage = {
        ...clinic.stored,
        transaction: (work) => {
          const isTold = log.told.length === 3;
          if (isTold && crashes-- > 0) return Promise.reject(unavailable('pulled out'));
          return clinic.stored.transaction(work);
        },
      };
      const troubles: unknown[] = [];
      await using _relay = startRelay({
        ...clinic,
        storage,
        log,
        onTrouble: (error) => troubles.push(error),
      });
      await eventually(async () => (await clinic.waiting()).length === 0);
      const ids = log.told.map(({ id }) => id);
      assert.equal(ids.length, 6);
      assert.deepEqual(ids.slice(3), ids.slice(0, 3));
      assert.equal(troubles.length, 1);
    });

    test('waits when nothing can be told, and then tells all; bookings go on meanwhile', async (t) => {
      const clinic = await open(t);
      const log = createListLog(async (batch) => {
        if (batch <= 3) throw unavailable('nobody listens');
      });
      await using relay = startRelay({ ...clinic, storage: clinic.stored, log, onTrouble() {} });
      for (let n = 0; n < 5; n++) {
        await clinic.book();
        relay.wake();
      }
      await eventually(async () => (await clinic.waiting()).length === 0);
      assert.equal(log.told.length, 5);
    });

    test('takes over from one that died, when its time is over; from one that ended, at once', async (t) => {
      const clinic = await open(t);
      const clock = createMovableClock();
      const deps = { ...clinic, storage: clinic.stored, clock };
      await clinic.book();
      const hangs = Promise.withResolvers<void>();
      const stuck = createListLog(() => hangs.promise);
      const dead = startRelay({ ...deps, log: stuck, onTrouble() {} });
      await eventually(() => stuck.batches.length === 1);
      const log = createListLog();
      const heir = startRelay({ ...deps, log, onTrouble: assert.fail });
      clock.moveBy(7_000);
      heir.wake();
      await new Promise((resolve) => setTimeout(resolve, 100));
      assert.equal(log.told.length, 0);
      clock.moveBy(2_000);
      heir.wake();
      await eventually(() => log.told.length === 1);
      await heir[Symbol.asyncDispose]();
      hangs.resolve();
      await dead[Symbol.asyncDispose]();
      await clinic.book();
      await using _next = startRelay({ ...deps, log, onTrouble: assert.fail });
      await eventually(() => log.told.length === 2, { patienceMs: 3_000 });
    });
  });
}
