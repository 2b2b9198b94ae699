import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, type TestContext, test } from 'node:test';
import { v7 as uuidv7 } from 'uuid';
import type { Appointment } from '../../src/domain/index.ts';
import type { AppointmentPlace, ClinicStorage } from '../../src/repository/index.ts';
import { sampleDoctor } from './clinic-samples.ts';
import { sampleAppointment, samplePatient } from './index.ts';

type Open = (t: TestContext) => Promise<ClinicStorage>;

/** What a storage with doctors promises besides stage 1's contract. `open` gives an empty one and sees to its closing. */
export function clinicStorageContract(name: string, open: Open): void {
  describe(`${name} keeps the storage contract of the clinic`, () => {
    doctorTests(open);
    appointmentTests(open);
    keyTests(open);
    erasureTests(open);
    importTests(open);
  });
}

/** A patient and a doctor, stored. */
async function addPeople(storage: ClinicStorage) {
  const [patient, doctor] = [samplePatient(), sampleDoctor()];
  await storage.transaction(async (tx) => {
    await tx.patients.insert(patient);
    await tx.doctors.insert(doctor);
  });
  return { patient, doctor };
}

function doctorTests(open: Open): void {
  test('a doctor is found field by field, by id and by text within the name', async (t) => {
    const storage = await open(t);
    const doctor = sampleDoctor({ lastName: 'Иванова', middleName: 'Петровна' });
    await storage.transaction((tx) => tx.doctors.insert(doctor));
    assert.deepEqual(await storage.doctors.find(doctor.id), doctor);
    for (const search of ['ИВАН', 'ва', 'а', 'петр', '']) {
      assert.deepEqual(await storage.doctors.list({ search }), [doctor], search);
    }
    for (const search of ['%', '_', '"', "'", 'ванн', '\0', 'Samira Hadd']) {
      assert.deepEqual(await storage.doctors.list({ search }), [], search);
    }
    assert.equal(await storage.doctors.find('no uuid'), undefined);
    await assert.rejects(
      storage.transaction((tx) => tx.doctors.insert(doctor)),
      { code: 'conflict' },
    );
  });

  test('an update wants the version before it, and is found under the new name alone', async (t) => {
    const storage = await open(t);
    const doctor = sampleDoctor({ middleName: 'Noor' });
    await storage.transaction((tx) => tx.doctors.insert(doctor));
    const { middleName: _, ...others } = doctor;
    const changed = { ...others, lastName: 'Nassar', version: 2 };
    await storage.transaction((tx) => tx.doctors.update(changed));
    const late = storage.transaction((tx) => tx.doctors.update(changed));
    await assert.rejects(late, { code: 'conflict' });
    assert.deepEqual(await storage.doctors.list({ search: 'nassar' }), [changed]);
    assert.deepEqual(await storage.doctors.list({ search: 'haddad' }), []);
  });

  test('one who left is found no more, and the appointments of the past stay', async (t) => {
    const storage = await open(t);
    const { patient, doctor } = await addPeople(storage);
    const past = sampleAppointment({ patientId: patient.id, doctorId: doctor.id, status: 'fulfilled' });
    await storage.transaction((tx) => tx.appointments.insert(past));
    const leave = () => storage.transaction((tx) => tx.doctors.delete(doctor.id, '2026-06-15T10:00:00.000Z'));
    await leave();
    assert.equal(await storage.doctors.find(doctor.id), undefined);
    assert.deepEqual(await storage.doctors.list({ search: 'haddad' }), []);
    assert.deepEqual(await storage.appointments.list({ patientId: patient.id }), [past]);
    await assert.rejects(leave(), { code: 'not_found' });
    const back = storage.transaction((tx) => tx.doctors.update({ ...doctor, version: 2 }));
    await assert.rejects(back, { code: 'conflict' });
  });
}

function appointmentTests(open: Open): void {
  test('a conflict says who is taken, and nothing of the other appointment', async (t) => {
    const storage = await open(t);
    const { patient, doctor } = await addPeople(storage);
    const { patient: other, doctor: otherDoctor } = await addPeople(storage);
    const first = sampleAppointment({ patientId: patient.id, doctorId: doctor.id, reason: 'secret' });
    await storage.transaction((tx) => tx.appointments.insert(first));
    const refusal = async (appointment: Appointment) => {
      const error = await storage.transaction((tx) => tx.appointments.insert(appointment)).catch((e) => e);
      const told = JSON.stringify([error.message, error.details]);
      for (const secret of [first.id, 'secret', first.startsAt.slice(0, 10)])
        assert.ok(!told.includes(secret));
      return { code: error.code, paths: error.details.map(({ path }: { path: string }) => path) };
    };
    const forDoctor = sampleAppointment({ patientId: other.id, doctorId: doctor.id });
    const forPatient = sampleAppointment({ patientId: patient.id, doctorId: otherDoctor.id });
    assert.deepEqual(await refusal(forDoctor), { code: 'conflict', paths: ['/doctorId'] });
    assert.deepEqual(await refusal(forPatient), { code: 'conflict', paths: ['/patientId'] });
  });

  test('an appointment wants a patient and a doctor who are there', async (t) => {
    const storage = await open(t);
    const { patient, doctor } = await addPeople(storage);
    const strangers = [
      { patientId: uuidv7(), doctorId: doctor.id },
      { patientId: patient.id, doctorId: uuidv7() },
    ];
    for (const stranger of strangers) {
      const insert = storage.transaction((tx) => tx.appointments.insert(sampleAppointment(stranger)));
      await assert.rejects(insert, { code: 'conflict' });
    }
  });

  test('lists are by start, then by id; cut by every filter, and into pages', async (t) => {
    const storage = await open(t);
    const { patient, doctor } = await addPeople(storage);
    const { patient: other, doctor: otherDoctor } = await addPeople(storage);
    const at = (hour: number) => `2027-03-01T${String(hour).padStart(2, '0')}:00:00.000Z`;
    const make = (
      hour: number,
      patientId: string,
      doctorId: string,
      status: Appointment['status'] = 'booked',
    ) => sampleAppointment({ patientId, doctorId, startsAt: at(hour), endsAt: at(hour + 1), status });
    const all = [
      make(9, patient.id, doctor.id),
      make(9, other.id, otherDoctor.id, 'noshow'),
      make(10, other.id, doctor.id),
      make(11, patient.id, doctor.id),
      make(12, patient.id, otherDoctor.id),
    ];
    await storage.transaction(async (tx) => {
      for (const appointment of all.toReversed()) await tx.appointments.insert(appointment);
    });
    const indexes = async (query: Parameters<typeof storage.appointments.list>[0]) =>
      (await storage.appointments.list(query)).map(({ id }) => all.findIndex((each) => each.id === id));
    assert.deepEqual((await indexes({})).toSorted(), [0, 1, 2, 3, 4]);
    assert.deepEqual(await indexes({ doctorId: doctor.id }), [0, 2, 3]);
    assert.deepEqual(await indexes({ patientId: patient.id }), [0, 3, 4]);
    assert.deepEqual(await indexes({ status: 'noshow' }), [1]);
    assert.deepEqual(await indexes({ from: at(10), to: at(12) }), [2, 3]);
    assert.deepEqual(await indexes({ doctorId: doctor.id, patientId: patient.id, from: at(10) }), [3]);
    assert.deepEqual(await indexes({ doctorId: 'no uuid' }), []);

    const seen: string[] = [];
    for (let after: AppointmentPlace | undefined; ; ) {
      const page = await storage.appointments.list({ limit: 2, ...(after && { after }) });
      if (page.length === 0) break;
      seen.push(...page.map(({ id }) => id));
      after = page.at(-1);
    }
    const sorted = all.toSorted((a, b) => (a.startsAt + a.id < b.startsAt + b.id ? -1 : 1));
    assert.deepEqual(
      seen,
      sorted.map(({ id }) => id),
    );
  });

  test('a move to a taken time changes nothing', async (t) => {
    const storage = await open(t);
    const { patient, doctor } = await addPeople(storage);
    const ids = { patientId: patient.id, doctorId: doctor.id };
    const nine = sampleAppointment(ids);
    const ten = sampleAppointment({
      ...ids,
      startsAt: '2027-03-01T10:00:00.000Z',
      endsAt: '2027-03-01T10:30:00.000Z',
    });
    await storage.transaction(async (tx) => {
      await tx.appointments.insert(nine);
      await tx.appointments.insert(ten);
    });
    const { startsAt, endsAt } = ten;
    const moved = storage.transaction((tx) =>
      tx.appointments.update({ ...nine, startsAt, endsAt, version: 2 }),
    );
    await assert.rejects(moved, { code: 'conflict' });
    assert.deepEqual(await storage.appointments.find(nine.id), nine);
    // Onto its own time, a little later, is no conflict with itself.
    const later = {
      ...nine,
      startsAt: '2027-03-01T09:15:00.000Z',
      endsAt: '2027-03-01T09:45:00.000Z',
      version: 2,
    };
    await storage.transaction((tx) => tx.appointments.update(later));
    assert.deepEqual(await storage.appointments.find(nine.id), later);
  });
}

function keyTests(open: Open): void {
  test('an answer is kept under its key until it is swept', async (t) => {
    const storage = await open(t);
    const { patient, doctor } = await addPeople(storage);
    const answer = sampleAppointment({ patientId: patient.id, doctorId: doctor.id });
    const kept = { key: randomUUID(), requestHash: 'a', answer, createdAt: '2026-06-15T10:00:00.000Z' };
    const find = () => storage.transaction((tx) => tx.idempotencyKeys.find(kept.key));
    await storage.transaction((tx) => tx.idempotencyKeys.put(kept));
    assert.deepEqual(await find(), kept);
    await storage.transaction((tx) => tx.idempotencyKeys.put({ ...kept, requestHash: 'b' }));
    await storage.transaction((tx) => tx.idempotencyKeys.sweep(kept.createdAt));
    assert.equal((await find())?.requestHash, 'b');
    await storage.transaction((tx) => tx.idempotencyKeys.sweep('2026-06-15T10:00:00.001Z'));
    assert.equal(await find(), undefined);
  });
}

function erasureTests(open: Open): void {
  test('a patient who goes takes the kept answers with them', async (t) => {
    const storage = await open(t);
    const { patient, doctor } = await addPeople(storage);
    const answer = sampleAppointment({
      patientId: patient.id,
      doctorId: doctor.id,
      status: 'cancelled',
      cancellationReason: 'x',
    });
    const kept = { key: randomUUID(), requestHash: 'a', answer, createdAt: '2026-06-15T10:00:00.000Z' };
    await storage.transaction(async (tx) => {
      await tx.appointments.insert(answer);
      await tx.idempotencyKeys.put(kept);
    });
    await storage.transaction((tx) => tx.patients.delete(patient.id));
    assert.equal(await storage.transaction((tx) => tx.idempotencyKeys.find(kept.key)), undefined);
  });
}

function importTests(open: Open): void {
  test('of many patients, those are inserted who are not there yet', async (t) => {
    const storage = await open(t);
    const patients = Array.from({ length: 500 }, () => samplePatient());
    const [first] = patients;
    assert.ok(first);
    await storage.transaction((tx) => tx.patients.insert({ ...first, lastName: 'Kept' }));
    const inserted = await storage.transaction((tx) => tx.patients.insertMissing([...patients, first]));
    assert.equal(inserted.length, 499);
    assert.equal((await storage.patients.find(first.id))?.lastName, 'Kept');
    assert.equal((await storage.patients.list({})).length, 500);
    assert.deepEqual(await storage.transaction((tx) => tx.patients.insertMissing([])), []);
  });
}
