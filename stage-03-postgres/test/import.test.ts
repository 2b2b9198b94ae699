import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite, type TestContext, test } from 'node:test';
import { createFolder } from '@medcenter/shared/testing';
import { v7 as uuidv7 } from 'uuid';
import { openJsonStorage, readDataFile } from '../src/repository/index.ts';
import { importRecords } from '../src/service/index.ts';
import { createStillClock, sampleAppointment, sampleDoctor, samplePatient } from './contracts/index.ts';
import { DATABASES, openStorage } from './support.ts';

async function createFile(t: TestContext, content: unknown): Promise<string> {
  const file = join(await createFolder(t), 'patients.json');
  await writeFile(
    file,
    typeof content === 'string' || Buffer.isBuffer(content) ? content : JSON.stringify(content, undefined, 2),
  );
  return file;
}

const clock = createStillClock();

for (const { name, suite: options, place } of DATABASES) {
  suite(`an import into ${name}`, options, () => {
    test("takes over what stage 1's storage wrote, field by field; again, it changes nothing", async (t) => {
      const file = join(await createFolder(t), 'patients.json');
      const json = await openJsonStorage(file);
      const patients = Array.from({ length: 1_234 }, (_, i) =>
        samplePatient(i % 2 ? { middleName: 'Ngozi' } : { phone: '+493012345678', version: 7 }),
      );
      await json.transaction(async (tx) => {
        for (const patient of patients) await tx.patients.insert(patient);
      });
      await json.close();

      const storage = await openStorage(t, await place(t));
      const run = () => importRecords(() => readDataFile(file), { storage, clock });
      assert.deepEqual(await run(), { imported: 1_234, alreadyThere: 0, refused: [] });
      assert.deepEqual(
        await storage.patients.list({}),
        patients.toSorted((a, b) => (a.id < b.id ? -1 : 1)),
      );
      const [first] = patients;
      assert.ok(first);
      const changed = { ...first, lastName: 'Changed', version: first.version + 1 };
      await storage.transaction((tx) => tx.patients.update(changed));
      assert.deepEqual(await run(), { imported: 0, alreadyThere: 1_234, refused: [] });
      assert.deepEqual(await storage.patients.find(first.id), changed);
    });

    test('refuses what breaks a rule, each with its place and its reasons, and takes over the rest', async (t) => {
      const good = samplePatient({ lastName: ' Jose\u0301 ', createdAt: '2026-06-15T12:00:00+02:00' });
      const file = await createFile(t, {
        version: 1,
        patients: [
          samplePatient({ id: 'p1', birthDate: '2023-02-30' }),
          good,
          { ...samplePatient(), sex: 'f', lastName: undefined },
          samplePatient({ createdAt: 'yesterday' }),
          'nobody',
          good,
          { ...samplePatient({ version: 2 ** 40 }), nickname: 'Ada' },
          samplePatient({ createdAt: '9999-12-31T23:30:00-04:00' }),
        ],
        appointments: [],
      });
      const storage = await openStorage(t, await place(t));
      const { imported, alreadyThere, refused } = await importRecords(() => readDataFile(file), {
        storage,
        clock,
      });
      assert.deepEqual([imported, alreadyThere], [1, 1]);
      assert.deepEqual(
        refused.map(({ path, reasons }) => [path, reasons.map((reason) => reason.split(' ')[0])]),
        [
          ['/patients/0', ['id', 'birthDate']],
          ['/patients/2', ['lastName', 'sex']],
          ['/patients/3', ['createdAt']],
          ['/patients/4', ['is']],
          ['/patients/6', ['nickname', 'version']],
          ['/patients/7', ['createdAt']],
        ],
      );
      const stored = await storage.patients.find(good.id);
      assert.deepEqual([stored?.lastName, stored?.createdAt], ['José', '2026-06-15T10:00:00.000Z']);
    });

    test('takes over the appointments of those who are there', async (t) => {
      const [patient, doctor] = [samplePatient(), sampleDoctor()];
      const ids = { patientId: patient.id, doctorId: doctor.id };
      const first = sampleAppointment(ids);
      const appointments = [
        {
          ...first,
          startsAt: '2020-03-01T10:00:00+01:00',
          endsAt: '2020-03-01T10:30:00+01:00',
          status: 'fulfilled',
        },
        sampleAppointment(ids),
        sampleAppointment(ids),
        sampleAppointment({ ...ids, doctorId: uuidv7() }),
        sampleAppointment({ ...ids, patientId: uuidv7() }),
        sampleAppointment({ ...ids, endsAt: '2027-03-01T20:00:00.000Z' }),
        first,
      ];
      // The order of the lists in the file makes no difference.
      const file = await createFile(t, { version: 1, appointments, patients: [patient] });
      const storage = await openStorage(t, await place(t));
      await storage.transaction((tx) => tx.doctors.insert(doctor));
      const { imported, alreadyThere, refused } = await importRecords(() => readDataFile(file), {
        storage,
        clock,
      });
      assert.deepEqual([imported, alreadyThere], [3, 1]);
      const told = refused.map(({ path, reasons }) => `${path}: ${reasons.join('; ')}`);
      const expected = [
        /^\/appointments\/2: the (doctor|patient) is booked at that time/,
        /^\/appointments\/3: its doctor [\da-f-]{36} is not there$/,
        /^\/appointments\/4: its patient [\da-f-]{36} is not there$/,
        /^\/appointments\/5: endsAt is over 8 hours after startsAt$/,
      ];
      assert.equal(told.length, expected.length);
      expected.forEach((pattern, index) => {
        assert.match(told[index] ?? '', pattern);
      });
      assert.equal((await storage.appointments.find(first.id))?.startsAt, '2020-03-01T09:00:00.000Z');
    });
  });
}

suite('a data file', () => {
  const whole = JSON.stringify({ version: 1, patients: [samplePatient()], appointments: [] });
  const damaged = {
    empty: '',
    torn: whole.slice(0, -20),
    'no JSON': whole.replaceAll('"', "'"),
    'with something after its end': `${whole}x`,
    'of another version': whole.replace('"version":1', '"version":2'),
    'without a version': whole.replace('"version":1,', ''),
    'of another kind': '[]',
    'whose patients are no list': '{"version":1,"patients":7,"appointments":[]}',
    'without appointments': '{"version":1,"patients":[]}',
    'with a list that is unknown': '{"version":1,"patients":[],"appointments":[],"doctors":[]}',
    'not UTF-8': Buffer.from([...Buffer.from('{"version":1,"patients":[{"lastName":"'), 0xff, 0xfe]),
  };
  for (const [how, content] of Object.entries(damaged)) {
    test(`that is ${how} is refused by its path`, async (t) => {
      const file = await createFile(t, content);
      const read = async () => {
        for await (const _ of readDataFile(file));
      };
      await assert.rejects(read(), (error: Error & { code: string }) => {
        return error.code === 'data_file' && error.message.includes(file);
      });
    });
  }

  test('that is not there is refused, too', async (t) => {
    const file = join(await createFolder(t), 'nothing.json');
    await assert.rejects(readDataFile(file).next(), { code: 'data_file', message: /is not there/ });
  });
});
