import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Storage } from '../../src/repository/index.ts';
import { sampleAppointment, samplePatient } from './samples.ts';

/** What every storage promises, whatever keeps its records. `open` gives an empty one and sees to its closing. */
export function storageContract(name: string, open: (t: TestContext) => Promise<Storage>): void {
  describe(`${name} keeps the storage contract`, () => {
    patientTests(open);
    appointmentTests(open);
    transactionTests(open);
  });
}

type Open = (t: TestContext) => Promise<Storage>;

function patientTests(open: Open): void {
  test('what was inserted is found, field by field', async (t) => {
    const storage = await open(t);
    const patient = samplePatient({ middleName: 'Ngozi', phone: '+2348012345678' });
    await storage.transaction((tx) => tx.patients.insert(patient));
    assert.deepEqual({ ...(await storage.patients.find(patient.id)) }, patient);
    assert.equal(await storage.patients.find(randomUUID()), undefined);
  });

  test('an id can be inserted once', async (t) => {
    const storage = await open(t);
    const patient = samplePatient();
    await storage.transaction((tx) => tx.patients.insert(patient));
    const again = storage.transaction((tx) => tx.patients.insert({ ...patient, lastName: 'Other' }));
    await assert.rejects(again, { code: 'conflict' });
    assert.equal((await storage.patients.find(patient.id))?.lastName, 'Okafor');
  });

  test('an update wants the version before it', async (t) => {
    const storage = await open(t);
    const patient = samplePatient();
    await storage.transaction((tx) => tx.patients.insert(patient));
    await storage.transaction((tx) => tx.patients.update({ ...patient, lastName: 'Second', version: 2 }));
    const late = storage.transaction((tx) =>
      tx.patients.update({ ...patient, lastName: 'Late', version: 2 }),
    );
    await assert.rejects(late, { code: 'conflict' });
    assert.equal((await storage.patients.find(patient.id))?.lastName, 'Second');
  });

  test('an optional field that an update leaves out is gone', async (t) => {
    const storage = await open(t);
    const patient = samplePatient();
    await storage.transaction((tx) => tx.patients.insert({ ...patient, phone: '+493012345678' }));
    await storage.transaction((tx) => tx.patients.update({ ...patient, version: 2 }));
    assert.deepEqual({ ...(await storage.patients.find(patient.id)) }, { ...patient, version: 2 });
  });

  test('a deleted patient is gone with their appointments; another deletion finds nothing', async (t) => {
    const storage = await open(t);
    const [patient, other] = [samplePatient(), samplePatient()];
    const appointments = [patient, other].map(({ id }) =>
      sampleAppointment({ patientId: id, status: 'fulfilled' }),
    );
    await storage.transaction(async (tx) => {
      for (const each of [patient, other]) await tx.patients.insert(each);
      for (const each of appointments) await tx.appointments.insert(each);
      await tx.patients.delete(patient.id);
    });
    assert.deepEqual(await storage.patients.list({}), [other]);
    assert.deepEqual(await storage.appointments.list({ patientId: patient.id }), []);
    assert.equal((await storage.appointments.list({ patientId: other.id })).length, 1);
    const again = storage.transaction((tx) => tx.patients.delete(patient.id));
    await assert.rejects(again, { code: 'not_found' });
  });

  test('a list is in the order of ids, and can be cut into pages', async (t) => {
    const storage = await open(t);
    const patients = Array.from({ length: 7 }, () => samplePatient());
    await storage.transaction(async (tx) => {
      for (const patient of patients.toReversed()) await tx.patients.insert(patient);
    });
    const ids = patients.map(({ id }) => id).sort();
    const pages: string[][] = [];
    for (let after = ''; ; after = pages.at(-1)?.at(-1) ?? '') {
      const page = await storage.patients.list({ after, limit: 3 });
      if (page.length === 0) break;
      pages.push(page.map(({ id }) => id));
    }
    assert.deepEqual(pages, [ids.slice(0, 3), ids.slice(3, 6), ids.slice(6)]);
    assert.deepEqual(
      (await storage.patients.list({})).map(({ id }) => id),
      ids,
    );
  });

  const searches = [
    { search: 'ИВАН', finds: ['Иванова'] },
    { search: 'strasse', finds: ['Straße'] },
    { search: 'ασ', finds: ['Ανδρέας'] },
    { search: 'Jose\u0301', finds: ['José'] },
    { search: '山', finds: ['山田'] },
    { search: '%', finds: [] },
    { search: '_', finds: [] },
    { search: '  ', finds: ['Иванова', 'Straße', 'Ανδρέας', 'José', '山田'] },
  ];
  test('a search finds a name in any case and normal form, and takes its text as it stands', async (t) => {
    const storage = await open(t);
    await storage.transaction(async (tx) => {
      for (const lastName of ['Иванова', 'Straße', 'Ανδρέας', 'José', '山田']) {
        await tx.patients.insert(samplePatient({ lastName, firstName: 'Q' }));
      }
    });
    for (const { search, finds } of searches) {
      const found = (await storage.patients.list({ search })).map(({ lastName }) => lastName);
      assert.deepEqual(found, finds, `search for ${JSON.stringify(search)}`);
    }
  });

  test('what a reader does to an answer changes nothing', async (t) => {
    const storage = await open(t);
    const patient = samplePatient();
    await storage.transaction((tx) => tx.patients.insert(patient));
    const answer = await storage.patients.find(patient.id);
    assert.ok(answer);
    Reflect.set(answer, 'lastName', 'Changed');
    assert.equal((await storage.patients.find(patient.id))?.lastName, 'Okafor');
  });
}

function appointmentTests(open: Open): void {
  test('a doctor, and a patient, is in one place at a time; back to back is fine', async (t) => {
    const storage = await open(t);
    const [patient, other] = [samplePatient(), samplePatient()];
    const first = sampleAppointment({ patientId: patient.id });
    await storage.transaction(async (tx) => {
      for (const each of [patient, other]) await tx.patients.insert(each);
      await tx.appointments.insert(first);
    });
    const insert = (overrides: Partial<typeof first>) =>
      storage.transaction((tx) =>
        tx.appointments.insert(sampleAppointment({ patientId: other.id, ...overrides })),
      );
    const { doctorId } = first;
    await assert.rejects(insert({ doctorId }), { code: 'conflict' });
    await assert.rejects(insert({ patientId: patient.id }), { code: 'conflict' });
    const [startsAt, endsAt] = ['2027-03-01T08:45:00.000Z', '2027-03-01T09:15:00.000Z'];
    await assert.rejects(insert({ doctorId, startsAt, endsAt }), { code: 'conflict' });
    await insert({ doctorId, startsAt: first.endsAt, endsAt: '2027-03-01T10:00:00.000Z' });
    await insert({ doctorId, startsAt: '2027-03-01T08:30:00.000Z', endsAt: first.startsAt });
    assert.equal((await storage.appointments.list({ doctorId })).length, 3);
  });

  test('a cancelled appointment frees its time, and cannot be moved onto a taken one', async (t) => {
    const storage = await open(t);
    const patient = samplePatient();
    const first = sampleAppointment({ patientId: patient.id });
    const second = sampleAppointment({ patientId: patient.id, doctorId: first.doctorId });
    await storage.transaction(async (tx) => {
      await tx.patients.insert(patient);
      await tx.appointments.insert(first);
      await tx.appointments.update({
        ...first,
        status: 'cancelled',
        cancellationReason: 'illness',
        version: 2,
      });
      await tx.appointments.insert(second);
    });
    const revived = storage.transaction((tx) => tx.appointments.update({ ...first, version: 3 }));
    await assert.rejects(revived, { code: 'conflict' });
    assert.equal((await storage.appointments.find(first.id))?.status, 'cancelled');
  });

  test('an appointment can be inserted once, and an update wants the version before it', async (t) => {
    const storage = await open(t);
    const patient = samplePatient();
    const appointment = sampleAppointment({ patientId: patient.id });
    await storage.transaction(async (tx) => {
      await tx.patients.insert(patient);
      await tx.appointments.insert(appointment);
    });
    const later = { startsAt: '2027-03-02T09:00:00.000Z', endsAt: '2027-03-02T09:30:00.000Z' };
    const again = storage.transaction((tx) => tx.appointments.insert({ ...appointment, ...later }));
    await assert.rejects(again, { code: 'conflict' });
    const stale = storage.transaction((tx) =>
      tx.appointments.update({ ...appointment, ...later, version: 3 }),
    );
    await assert.rejects(stale, { code: 'conflict' });
    assert.deepEqual({ ...(await storage.appointments.find(appointment.id)) }, appointment);
  });

  test('appointments are listed by start, of one doctor or one patient', async (t) => {
    const storage = await open(t);
    const patient = samplePatient();
    const doctorId = randomUUID();
    const at = (hour: number) => `2027-03-01T${String(hour).padStart(2, '0')}:00:00.000Z`;
    await storage.transaction(async (tx) => {
      await tx.patients.insert(patient);
      for (const hour of [12, 9, 15]) {
        const time = { startsAt: at(hour), endsAt: at(hour + 1) };
        await tx.appointments.insert(sampleAppointment({ patientId: patient.id, doctorId, ...time }));
      }
    });
    const starts = async (query: { doctorId?: string; patientId?: string }) =>
      (await storage.appointments.list(query)).map(({ startsAt }) => startsAt);
    assert.deepEqual(await starts({ doctorId }), [at(9), at(12), at(15)]);
    assert.deepEqual(await starts({ patientId: patient.id }), [at(9), at(12), at(15)]);
    assert.deepEqual(await starts({ doctorId: randomUUID() }), []);
  });
}

function transactionTests(open: Open): void {
  test('who reads beside a transaction, also from within it, sees what is committed', async (t) => {
    const storage = await open(t);
    const patient = samplePatient();
    await storage.transaction((tx) => tx.patients.insert(patient));
    await storage.transaction(async (tx) => {
      await tx.patients.update({ ...patient, version: 2 });
      assert.equal((await storage.patients.find(patient.id))?.version, 1);
      assert.equal((await storage.patients.list({})).length, 1);
    });
    assert.equal((await storage.patients.find(patient.id))?.version, 2);
  });

  test('a transaction that fails leaves nothing, and its neighbour stays', async (t) => {
    const storage = await open(t);
    const [bad, good] = [samplePatient(), samplePatient()];
    const results = await Promise.allSettled([
      storage.transaction(async (tx) => {
        await tx.patients.insert(bad);
        await sleep(20);
        throw new Error('no');
      }),
      storage.transaction((tx) => tx.patients.insert(good)),
    ]);
    assert.deepEqual(
      results.map(({ status }) => status),
      ['rejected', 'fulfilled'],
    );
    assert.deepEqual(await storage.patients.list({}), [good]);
  });

  test('a statement that failed fails the transaction, also when its error is swallowed', async (t) => {
    const storage = await open(t);
    const patient = samplePatient();
    const swallowed = storage.transaction(async (tx) => {
      await tx.patients.insert(patient);
      await tx.patients.insert(patient).catch(() => {});
    });
    await assert.rejects(swallowed, { code: 'conflict' });
    assert.deepEqual(await storage.patients.list({}), []);
  });

  test('a statement that nobody waits for fails the transaction', async (t) => {
    const storage = await open(t);
    const patient = samplePatient();
    const careless = storage.transaction(async (tx) => {
      await tx.patients.insert(patient);
      tx.patients.insert(patient).catch(() => {});
    });
    await assert.rejects(careless);
    assert.deepEqual(await storage.patients.list({}), []);
  });

  test('closing waits for the transactions that run', async (t) => {
    const storage = await open(t);
    let ended = false;
    const running = storage.transaction(async (tx) => {
      await tx.patients.insert(samplePatient());
      await sleep(30);
      ended = true;
    });
    await storage.close();
    assert.equal(ended, true);
    await running;
  });

  test('a transaction sees its own writes, and a reader outside sees none before the end', async (t) => {
    const storage = await open(t);
    const patient = samplePatient();
    await storage.transaction(async (tx) => {
      await tx.patients.insert(patient);
      assert.equal((await tx.patients.find(patient.id))?.id, patient.id);
      assert.equal(await storage.patients.find(patient.id), undefined);
    });
    assert.equal((await storage.patients.find(patient.id))?.id, patient.id);
  });

  test('a transaction inside a transaction is refused, not waited for', async (t) => {
    const storage = await open(t);
    const nested = storage.transaction(() => storage.transaction(async () => {}));
    await assert.rejects(nested, { code: 'transaction' });
    await storage.transaction((tx) => tx.patients.insert(samplePatient()));
  });

  test('tx is of no use after the end', async (t) => {
    const storage = await open(t);
    const tx = await storage.transaction(async (inner) => inner);
    await assert.rejects(tx.patients.insert(samplePatient()), { code: 'transaction' });
    assert.deepEqual(await storage.patients.list({}), []);
  });

  test('50 transactions at once that read and then write lose no update', async (t) => {
    const storage = await open(t);
    const patient = samplePatient();
    await storage.transaction((tx) => tx.patients.insert(patient));
    const increment = () =>
      storage.transaction(async (tx) => {
        const current = await tx.patients.find(patient.id);
        assert.ok(current);
        await tx.patients.update({ ...current, version: current.version + 1 });
      });
    await Promise.all(Array.from({ length: 50 }, increment));
    assert.equal((await storage.patients.find(patient.id))?.version, 51);
  });

  test('50 at once want one slot, and one gets it', async (t) => {
    const storage = await open(t);
    const patients = Array.from({ length: 50 }, () => samplePatient());
    await storage.transaction(async (tx) => {
      for (const patient of patients) await tx.patients.insert(patient);
    });
    const doctorId = randomUUID();
    const book = ({ id }: { id: string }) =>
      storage.transaction((tx) => tx.appointments.insert(sampleAppointment({ patientId: id, doctorId })));
    const results = await Promise.allSettled(patients.map(book));
    const refusals = results
      .filter((result) => result.status === 'rejected')
      .map(({ reason }) => reason.code);
    assert.deepEqual(refusals, Array(49).fill('conflict'));
    assert.equal((await storage.appointments.list({ doctorId })).length, 1);
  });
}
