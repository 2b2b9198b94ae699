import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { v7 as uuidv7 } from 'uuid';
import type { ClinicStorage, Sql } from '../src/repository/index.ts';
import { withRemoteBooking } from '../src/service/index.ts';
import { createStillClock, sampleSchedule, scheduleServiceContract } from './contracts/index.ts';
import { createDesk, DATABASES, openStorage } from './support.ts';

for (const { name, suite: options, place } of DATABASES) {
  scheduleServiceContract(
    `the service over ${name}`,
    async (t, clock) => createDesk(await openStorage(t, await place(t)), { clock }),
    options,
  );

  suite(`schedules over ${name}`, options, () => {
    const at = (time: string) => `2027-03-01T${time}:00.000Z`;

    test('50 bookings of one slot at once have one winner', async (t) => {
      const desk = createDesk(await openStorage(t, await place(t)));
      const doctorId = await desk.newDoctor();
      await desk.schedules.putSchedule(doctorId, sampleSchedule());
      const patients = await Promise.all(Array.from({ length: 50 }, () => desk.newPatient()));
      const results = await Promise.allSettled(
        patients.map((patientId) => desk.schedules.bookSlot({ doctorId, patientId, startsAt: at('08:00') })),
      );
      const codes = results.map((each) => (each.status === 'fulfilled' ? 'booked' : each.reason.code)).sort();
      assert.deepEqual(codes, ['booked', ...Array(49).fill('conflict')]);
      assert.equal((await desk.appointments.list({ doctorId })).length, 1);
    });

    test('a schedule does not change between a look at it and the move to one of its slots', async (t) => {
      const options = await place(t);
      const desk = createDesk(await openStorage(t, options));
      const people = { doctorId: await desk.newDoctor(), patientId: await desk.newPatient() };
      await desk.schedules.putSchedule(people.doctorId, sampleSchedule());
      const booked = await desk.schedules.bookSlot({ ...people, startsAt: at('08:00') });
      const { storage, looked, goOn } = pausing(await openStorage(t, options));
      const time = { startsAt: at('08:30'), endsAt: at('09:00') };
      const moved = createDesk(storage).appointments.change(booked.id, time);
      await looked;
      let isPut = false;
      const put = desk.schedules.putSchedule(people.doctorId, sampleSchedule({ weekly: [] })).then(() => {
        isPut = true;
      });
      await sleep(200);
      assert.equal(isPut, false, 'the schedule waits for the move');
      goOn();
      assert.equal((await moved).startsAt, at('08:30'));
      await put;
      const refused = desk.appointments.change(booked.id, { startsAt: at('09:00'), endsAt: at('09:30') });
      await assert.rejects(refused, { code: 'conflict' });
    });

    test('an appointment from before the schedule stays, can be cancelled, and moves to a slot only', async (t) => {
      const desk = createDesk(await openStorage(t, await place(t)));
      const people = { doctorId: await desk.newDoctor(), patientId: await desk.newPatient() };
      const old = await desk.appointments.book({ ...people, startsAt: at('15:05'), endsAt: at('15:35') });
      const other = await desk.appointments.book({ ...people, startsAt: at('16:05'), endsAt: at('16:35') });
      await desk.schedules.putSchedule(people.doctorId, sampleSchedule());
      const move = (startsAt: string, endsAt: string) =>
        desk.appointments.change(old.id, { startsAt, endsAt });
      await assert.rejects(move(at('14:05'), at('14:35')), { code: 'conflict' });
      assert.equal((await move(at('08:30'), at('09:00'))).startsAt, at('08:30'));
      const cancelled = { status: 'cancelled', cancellationReason: 'ill' } as const;
      assert.equal((await desk.appointments.change(other.id, cancelled)).status, 'cancelled');
      const past = {
        ...other,
        id: uuidv7(),
        status: 'fulfilled',
        startsAt: at('17:01'),
        endsAt: at('17:02'),
      } as const;
      await desk.storage.transaction((tx) => tx.appointments.insert(past));
      assert.equal((await desk.appointments.get(past.id)).status, 'fulfilled');
    });

    test('the slots of 31 days of a doctor with 1,000 appointments are read by one query for appointments', async (t) => {
      const stored = await openStorage(t, await place(t));
      const desk = createDesk(stored);
      const people = { doctorId: await desk.newDoctor(), patientId: await desk.newPatient() };
      const days = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;
      const weekly = days.map((day) => ({ day, from: '00:00', to: '24:00' }));
      const input = sampleSchedule({ timeZone: 'UTC', slotMinutes: 15, weekly });
      await desk.schedules.putSchedule(people.doctorId, input);
      const begin = Date.parse('2027-03-01T00:00:00Z');
      const instant = (quarter: number) => new Date(begin + quarter * 900_000).toISOString();
      await stored.transaction(async (tx) => {
        for (let n = 0; n < 1_000; n++) {
          const time = { startsAt: instant(2 * n), endsAt: instant(2 * n + 1) };
          await tx.appointments.insert({ id: uuidv7(), ...people, ...time, status: 'booked', version: 1 });
        }
      });
      const { storage, queries } = counting(stored);
      const query = { doctorId: people.doctorId, from: '2027-03-01', to: '2027-03-31' };
      const slots = await createDesk(storage).schedules.availableSlots(query);
      assert.equal(slots.length, 31 * 96 - 1_000);
      assert.equal(queries.filter((text) => text.includes('FROM appointments')).length, 1);
    });

    test('a registry that books by the service is like any other', async (t) => {
      const clock = createStillClock();
      const desk = createDesk(await openStorage(t, await place(t)), { clock });
      const registry = withRemoteBooking(desk.appointments, desk.schedules, clock);
      const people = { doctorId: await desk.newDoctor(), patientId: await desk.newPatient() };
      const booked = await registry.book({
        ...people,
        startsAt: '2027-03-01T09:00:00+01:00',
        endsAt: '2027-03-01T09:30:00+01:00',
      });
      assert.deepEqual(await registry.get(booked.id), booked);
      assert.equal(booked.startsAt, at('08:00'));
      const refusal = await registry
        .book({ ...people, startsAt: 'soon', endsAt: '' })
        .catch((error) => error);
      const paths = refusal.details.map(({ path }: { path: string }) => path);
      assert.deepEqual([refusal.code, ...paths], ['validation', '/startsAt', '/endsAt']);
    });
  });
}

/** A storage whose transactions stop when they have looked at a schedule, until they may go on. */
function pausing(storage: ClinicStorage) {
  const [looked, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const pausingSql = (sql: Sql): Sql => ({
    ...sql,
    async query<Row>(text: string, ...values: unknown[]) {
      const rows = await sql.query<Row>(text, ...values);
      if (text.includes('FROM schedules')) {
        looked.resolve();
        await released.promise;
      }
      return rows;
    },
  });
  const transaction: ClinicStorage['transaction'] = (work) =>
    storage.transaction((tx) => work({ ...tx, sql: pausingSql(tx.sql) }));
  return { storage: { ...storage, transaction }, looked: looked.promise, goOn: released.resolve };
}

/** The storage, and the texts of the queries that are asked of it outside of transactions. */
function counting(storage: ClinicStorage) {
  const queries: string[] = [];
  const query: typeof storage.sql.query = (text, ...values) => {
    queries.push(text);
    return storage.sql.query(text, ...values);
  };
  return { storage: { ...storage, sql: { ...storage.sql, query } }, queries };
}
