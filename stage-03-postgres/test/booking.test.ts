import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { suite, test } from 'node:test';
import { createLines } from '@medcenter/shared/testing';
import { start } from '../src/app/index.ts';
import { readConfig, variables } from '../src/config/index.ts';
import { IDEMPOTENCY_HOURS } from '../src/domain/index.ts';
import { createAppointmentRegistry } from '../src/service/index.ts';
import { createClient, createStillClock, sampleDoctor, samplePatient } from './contracts/index.ts';
import { createClinic, DATABASES, openStorage, sampleTime } from './support.ts';

function outcomes(results: readonly PromiseSettledResult<unknown>[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const result of results) {
    const outcome = result.status === 'fulfilled' ? 'booked' : result.reason.code;
    counts[outcome] = (counts[outcome] ?? 0) + 1;
  }
  return counts;
}

for (const { name, suite: options, place } of DATABASES) {
  suite(`booking over ${name}`, options, () => {
    test('200 requests at once want one slot of one doctor, through 5 connections: one 201, and 199 times 409', async (t) => {
      const { url, file } = await place(t);
      const config = { ...readConfig(variables, { PORT: '0', DATABASE_POOL_SIZE: '5' }), DATABASE_URL: url };
      const running = await start({ ...config, SQLITE_FILE: file }, createLines().out);
      t.after(() => running[Symbol.asyncDispose]());
      const storage = await openStorage(t, { url, file });
      const { doctor } = await createClinic(storage);
      const patients = Array.from({ length: 200 }, () => samplePatient());
      await storage.transaction((tx) => tx.patients.insertMissing(patients));
      const client = createClient(running.url);
      const time = { startsAt: '2091-03-01T09:00:00Z', endsAt: '2091-03-01T09:30:00Z' };
      const book = ({ id }: { id: string }) =>
        client.send('POST', '/api/v1/appointments', { patientId: id, doctorId: doctor.id, ...time });
      const statuses = (await Promise.all(patients.map(book))).map(({ status }) => status);
      assert.deepEqual(statuses.sort(), [201, ...Array(199).fill(409)]);
      assert.equal((await storage.appointments.list({ doctorId: doctor.id })).length, 1);
    });

    test('20 doctors at once want one patient: one gets them', async (t) => {
      const storage = await openStorage(t, await place(t));
      const { appointments, patient } = await createClinic(storage);
      const doctors = Array.from({ length: 20 }, () => sampleDoctor());
      await storage.transaction(async (tx) => {
        for (const doctor of doctors) await tx.doctors.insert(doctor);
      });
      const results = await Promise.allSettled(
        doctors.map(({ id }) => appointments.book({ patientId: patient.id, doctorId: id, ...sampleTime() })),
      );
      assert.deepEqual(outcomes(results), { booked: 1, conflict: 19 });
    });

    test('ranges that overlap without being the same: those that are booked do not overlap', async (t) => {
      const storage = await openStorage(t, await place(t));
      const { appointments, patient, doctor } = await createClinic(storage);
      const at = (minute: number) => new Date(Date.UTC(2027, 2, 1, 9, minute)).toISOString();
      const ranges = Array.from({ length: 40 }, (_, i) => ({ startsAt: at(i * 5), endsAt: at(i * 5 + 20) }));
      await Promise.allSettled(
        ranges.map((range) => appointments.book({ patientId: patient.id, doctorId: doctor.id, ...range })),
      );
      const booked = await storage.appointments.list({ doctorId: doctor.id });
      assert.ok(booked.length >= 6, `${booked.length} of at most 11 fit`);
      booked.slice(1).forEach(({ startsAt }, index) => {
        assert.ok(startsAt >= (booked[index]?.endsAt ?? ''), 'two overlap');
      });
    });

    test('a booking and a move want one time: one of them has it', async (t) => {
      const storage = await openStorage(t, await place(t));
      const { appointments, patient, doctor } = await createClinic(storage);
      const people = { patientId: patient.id, doctorId: doctor.id };
      for (let round = 0; round < 5; round++) {
        const old = await appointments.book({ ...people, ...sampleTime(0) });
        const results = await Promise.allSettled([
          appointments.change(old.id, sampleTime(2)),
          appointments.book({ ...people, ...sampleTime(2) }),
        ]);
        assert.deepEqual(outcomes(results), { booked: 1, conflict: 1 });
        for (const { id } of await storage.appointments.list({ status: 'booked' })) {
          await appointments.change(id, { status: 'cancelled', cancellationReason: 'next round' });
        }
      }
    });

    test('a key is good for 24 hours, and then another request may have it', async (t) => {
      const storage = await openStorage(t, await place(t));
      const { appointments, patient, doctor, deps } = await createClinic(storage);
      const people = { patientId: patient.id, doctorId: doctor.id };
      const key = { idempotencyKey: randomUUID() };
      const first = await appointments.book({ ...people, ...sampleTime() }, key);
      const later = (hours: number) =>
        createAppointmentRegistry({
          ...deps,
          clock: createStillClock(new Date(deps.clock.now().getTime() + hours * 3_600_000).toISOString()),
        });
      assert.deepEqual(await later(IDEMPOTENCY_HOURS).book({ ...people, ...sampleTime() }, key), first);
      const tooLate = later(IDEMPOTENCY_HOURS + 1);
      const second = await tooLate.book({ ...people, ...sampleTime(1) }, key);
      assert.notEqual(second.id, first.id);
      assert.deepEqual(await tooLate.book({ ...people, ...sampleTime(1) }, key), second);
    });

    test('a refusal leaves no key behind', async (t) => {
      const storage = await openStorage(t, await place(t));
      const { appointments, patient, doctor } = await createClinic(storage);
      const people = { patientId: patient.id, doctorId: doctor.id };
      await appointments.book({ ...people, ...sampleTime() });
      const idempotencyKey = randomUUID();
      await assert.rejects(appointments.book({ ...people, ...sampleTime() }, { idempotencyKey }), {
        code: 'conflict',
      });
      assert.equal(await storage.transaction((tx) => tx.idempotencyKeys.find(idempotencyKey)), undefined);
    });

    test('whatever is wrong with a booking is told at once', async (t) => {
      const { appointments } = await createClinic(await openStorage(t, await place(t)));
      const strangers = { patientId: randomUUID(), doctorId: 'x' };
      const { startsAt } = sampleTime();
      const refusal = await appointments
        .book({ ...strangers, startsAt, endsAt: startsAt })
        .catch((error) => error);
      assert.equal(refusal.code, 'validation');
      assert.deepEqual(
        refusal.details.map(({ path }: { path: string }) => path),
        ['/patientId', '/doctorId', '/endsAt'],
      );
    });
  });
}
