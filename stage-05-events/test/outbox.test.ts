import assert from 'node:assert/strict';
import { suite, type TestContext, test } from 'node:test';
import { createNewEvent } from '../src/app/index.ts';
import { startRelay } from '../src/events/index.ts';
import { withOutbox } from '../src/repository/index.ts';
import { readEvent } from '../src/schema/index.ts';
import { clinicStorageContract, createStillClock, eventually } from './contracts/index.ts';
import { createTellingClinic, DATABASES, openStorage, POSTGRES, SYSTEM_CLOCK } from './support.ts';

const clock = createStillClock();

for (const { name, suite: options, place } of DATABASES) {
  suite(`the outbox in ${name}`, options, () => {
    const open = async (t: TestContext) => createTellingClinic(await openStorage(t, await place(t)));

    clinicStorageContract(`a storage that tells, over ${name},`, async (t) =>
      withOutbox(await openStorage(t, await place(t)), {
        newEvent: createNewEvent(clock),
        onCommit: () => {},
      }),
    );

    test('has an event for each booking, move and cancellation, with the appointment as it is then', async (t) => {
      const { appointments, book, waiting, nextTime, commits, ...clinic } = await open(t);
      const booked = await book();
      const moved = await appointments.change(booked.id, nextTime());
      const cancelled = await appointments.change(booked.id, {
        status: 'cancelled',
        cancellationReason: 'ill',
      });
      const events = await waiting();
      assert.deepEqual(
        events.map(({ type, subject, data }) => ({ type, subject, data })),
        [
          { type: 'appointment.created', subject: booked.id, data: booked },
          { type: 'appointment.rescheduled', subject: booked.id, data: moved },
          { type: 'appointment.cancelled', subject: booked.id, data: cancelled },
        ],
      );
      assert.equal(new Set(events.map(({ id }) => id)).size, 3);
      assert.equal(events[0]?.time, clinic.clock.now().toISOString());
      assert.equal(commits(), 3);
    });

    test('has nothing of what is no news: an arrival, a new patient, a booking that is answered again', async (t) => {
      const { appointments, book, waiting, nextTime, patient, doctor, commits } = await open(t);
      const { id } = await book();
      await appointments.change(id, { status: 'arrived' });
      await appointments.change(id, { status: 'fulfilled' });
      const input = { patientId: patient.id, doctorId: doctor.id, ...nextTime() };
      const once = await appointments.book(input, { idempotencyKey: 'k' });
      assert.deepEqual(await appointments.book(input, { idempotencyKey: 'k' }), once);
      assert.deepEqual(
        (await waiting()).map(({ type, subject }) => [type, subject]),
        [
          ['appointment.created', id],
          ['appointment.created', once.id],
        ],
      );
      assert.equal(commits(), 2);
    });

    test('has nothing of what was rolled back, and wakes nobody', async (t) => {
      const { storage, appointments, waiting, nextTime, patient, doctor, commits } = await open(t);
      const taken = { patientId: patient.id, doctorId: doctor.id, ...nextTime() };
      const { id } = await appointments.book(taken);
      await assert.rejects(appointments.book(taken), { code: 'conflict' });
      await assert.rejects(
        storage.transaction(async (tx) => {
          const found = (await tx.appointments.find(id)) ?? assert.fail();
          await tx.appointments.update({ ...found, ...nextTime(), version: 2 });
          throw new Error('in the middle');
        }),
        /in the middle/,
      );
      assert.equal((await waiting()).length, 1);
      assert.equal(commits(), 1);
    });

    test('has one event for 20 that cancel at once, and its order is the order of the versions', async (t) => {
      const { appointments, book, waiting, nextTime } = await open(t);
      const { id } = await book();
      const cancel = () => appointments.change(id, { status: 'cancelled', cancellationReason: 'ill' });
      await Promise.allSettled([
        ...Array.from({ length: 10 }, () => appointments.change(id, nextTime())),
        ...Array.from({ length: 20 }, cancel),
      ]);
      const events = await waiting();
      assert.equal(events.filter(({ type }) => type === 'appointment.cancelled').length, 1);
      const versions = events.map(({ data }) => data.version);
      assert.deepEqual(
        versions,
        versions.toSorted((a, b) => a - b),
      );
    });
  });
}

suite('the outbox in PostgreSQL', POSTGRES.suite, () => {
  test('a row that is committed late, behind one with a higher number, is told all the same', async (t) => {
    const options = await POSTGRES.place(t);
    const {
      storage,
      stored,
      book,
      patient,
      nextTime,
      clock: now,
    } = await createTellingClinic(await openStorage(t, options));
    const other = await createTellingClinic(await openStorage(t, options), now);
    const told: string[] = [];
    const log = {
      publish: async (rows: readonly { key: unknown }[]) =>
        void told.push(...rows.map((row) => String(row.key))),
    };
    await using relay = startRelay({ storage: stored, log, clock: SYSTEM_CLOCK, onTrouble: assert.fail });
    const late = await book();
    const isInserted = Promise.withResolvers<void>();
    const mayCommit = Promise.withResolvers<void>();
    const slow = storage.transaction(async (tx) => {
      await tx.appointments.update({ ...late, ...nextTime(), version: 2 });
      isInserted.resolve();
      await mayCommit.promise;
    });
    await isInserted.promise;
    const time = nextTime();
    const early = await other.appointments.book({
      patientId: other.patient.id,
      doctorId: other.doctor.id,
      ...time,
    });
    relay.wake();
    await eventually(() => told.includes(early.id));
    assert.deepEqual(told, [late.id, early.id]);
    mayCommit.resolve();
    await slow;
    await eventually(() => told.length === 3);
    assert.deepEqual(told, [late.id, early.id, late.id]);
    assert.ok(patient);
  });
});

suite('an event', () => {
  test('is read as it was written, with fields that nobody knows; what does not fit is named', async () => {
    const event = createNewEvent(clock)('appointment.created', {
      id: '0199d1f2-0000-7000-8000-000000000001',
      patientId: '0199d1f2-0000-7000-8000-000000000002',
      doctorId: '0199d1f2-0000-7000-8000-000000000003',
      startsAt: '2027-03-01T09:00:00.000Z',
      endsAt: '2027-03-01T09:30:00.000Z',
      status: 'booked',
      version: 1,
    });
    assert.deepEqual(readEvent(JSON.stringify(event)), event);
    const more = { ...event, traceparent: '00-x', data: { ...event.data, room: '12' } };
    assert.deepEqual(readEvent(JSON.stringify(more)), more);
    for (const [wrong, path] of [
      ['not json', ''],
      ['null', ''],
      [null, ''],
      [Buffer.from([0xff]), ''],
      [{ ...event, type: 'appointment.forgotten' }, '/type'],
      [{ ...event, subject: event.data.patientId }, '/subject'],
      [{ ...event, specversion: '2.0' }, '/specversion'],
      [{ ...event, data: { ...event.data, version: 0 } }, '/data/version'],
      [{ ...event, data: { ...event.data, doctorId: 'him' } }, '/data/doctorId'],
      [{ ...event, data: { ...event.data, startsAt: 'soon' } }, '/data/startsAt'],
      [{ ...event, data: { ...event.data, startsAt: '2027-02-30T09:00:00.000Z' } }, '/data/startsAt'],
      [{ ...event, data: undefined }, '/data'],
    ] as const) {
      const content =
        wrong === null || typeof wrong === 'string' || wrong instanceof Uint8Array
          ? wrong
          : JSON.stringify(wrong);
      assert.throws(
        () => readEvent(content),
        (error: { code?: string; details?: { path: string }[] }) =>
          error.code === 'validation' && error.details?.[0]?.path === path,
        `${path} of ${content}`,
      );
    }
  });
});
