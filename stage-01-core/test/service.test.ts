import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';
import { v7 as uuidv7 } from 'uuid';
import { createMemoryStorage } from '../src/repository/index.ts';
import { createPatientService, createScheduling, createSystemClock } from '../src/service/index.ts';
import { createStillClock, sampleAppointment, samplePatient, samplePatientInput } from './contracts/index.ts';

function createServices() {
  const storage = createMemoryStorage();
  const deps = { storage, newId: uuidv7, clock: createStillClock() };
  return { storage, patients: createPatientService(deps), scheduling: createScheduling(deps) };
}

describe('patients', () => {
  test('are registered, found, changed and removed', async () => {
    const { patients } = createServices();
    const patient = await patients.register(samplePatientInput());
    assert.deepEqual(await patients.get(patient.id), patient);
    const updated = await patients.update(patient.id, { phone: '+493012345678' });
    assert.deepEqual(await patients.list(), [updated]);
    assert.deepEqual(await patients.remove(patient.id), updated);
    assert.deepEqual(await patients.list(), []);
  });

  test('that are not there are not found', async () => {
    const { patients } = createServices();
    for (const call of [patients.get('x'), patients.update('x', { firstName: 'A' }), patients.remove('x')]) {
      await assert.rejects(call, { code: 'not_found' });
    }
  });

  test('stay as they are when a change is refused', async () => {
    const { patients } = createServices();
    const patient = await patients.register(samplePatientInput());
    await assert.rejects(patients.update(patient.id, { birthDate: '1990-02-30' }), { code: 'validation' });
    assert.deepEqual(await patients.get(patient.id), patient);
  });

  test('are not removed while an appointment is to come', async () => {
    const { storage, patients } = createServices();
    const patient = samplePatient();
    const appointment = sampleAppointment({ patientId: patient.id });
    await storage.transaction(async (tx) => {
      await tx.patients.insert(patient);
      await tx.appointments.insert(appointment);
    });
    await assert.rejects(patients.remove(patient.id), { code: 'conflict' });
    await storage.transaction((tx) =>
      tx.appointments.update({ ...appointment, status: 'arrived', version: 2 }),
    );
    await assert.rejects(patients.remove(patient.id), { code: 'conflict' });
    await storage.transaction((tx) =>
      tx.appointments.update({ ...appointment, status: 'fulfilled', version: 3 }),
    );
    await patients.remove(patient.id);
  });
});

describe('scheduling', () => {
  const { doctorId, startsAt, endsAt } = sampleAppointment({ patientId: '' });

  test('books, moves, cancels and lists', async () => {
    const { patients, scheduling } = createServices();
    const { id: patientId } = await patients.register(samplePatientInput());
    const booked = await scheduling.book({ patientId, doctorId, startsAt, endsAt, reason: 'cough' });
    const moved = await scheduling.change(booked.id, { endsAt: '2027-03-01T10:00:00Z' });
    assert.deepEqual(await scheduling.get(booked.id), moved);
    const cancelled = await scheduling.change(booked.id, {
      status: 'cancelled',
      cancellationReason: 'well again',
    });
    assert.deepEqual(await scheduling.list({ patientId }), [cancelled]);
    await assert.rejects(scheduling.get('x'), { code: 'not_found' });
  });

  test('books nobody who is not a patient, and names the field', async () => {
    const { scheduling } = createServices();
    const booking = scheduling.book({ patientId: randomUUID(), doctorId, startsAt, endsAt });
    await assert.rejects(booking, {
      code: 'validation',
      details: [{ path: '/patientId', message: 'is the id of no patient: register the patient first' }],
    });
  });

  test('moves nothing onto a taken time, and the old time is still held', async () => {
    const { patients, scheduling } = createServices();
    const { id: patientId } = await patients.register(samplePatientInput());
    const first = await scheduling.book({ patientId, doctorId, startsAt, endsAt });
    const second = await scheduling.book({
      patientId,
      doctorId,
      startsAt: endsAt,
      endsAt: '2027-03-01T10:00:00Z',
    });
    const onto = { startsAt: first.startsAt, endsAt: first.endsAt };
    await assert.rejects(scheduling.change(second.id, onto), { code: 'conflict' });
    assert.deepEqual(await scheduling.get(second.id), second);
  });
});

test('the system clock tells the date of its zone', () => {
  const zones = ['Pacific/Kiritimati', 'Pacific/Pago_Pago'].map((zone) => createSystemClock(zone).today());
  assert.equal(new Set(zones).size, 2); // 25 hours lie between the two: it is never the same day in both.
  for (const date of zones) assert.match(date, /^\d{4}-\d\d-\d\d$/);
});
