import assert from 'node:assert/strict';
import { suite, type TestContext, test } from 'node:test';
import { v7 as uuidv7 } from 'uuid';
import type { Sql } from '../src/repository/index.ts';
import { DATABASES, openSql } from './support.ts';

// The tables hold the rules by themselves: whatever program writes into them, and whatever it forgot.

type Row = Record<string, string | number | null>;

const PATIENT: Row = {
  last_name: 'Okafor',
  first_name: 'Ada',
  birth_date: '1990-05-14',
  sex: 'female',
  search_name: 'OKAFOR ADA ',
  version: 1,
  created_at: '2026-06-15T10:00:00.000Z',
  updated_at: '2026-06-15T10:00:00.000Z',
};
const { birth_date: _, sex: __, ...PERSON } = PATIENT;
const DOCTOR: Row = { ...PERSON, specialty: 'cardiology' };
const APPOINTMENT: Row = {
  starts_at: '2027-03-01T09:00:00.000Z',
  ends_at: '2027-03-01T10:00:00.000Z',
  status: 'booked',
  version: 1,
};

async function insert(sql: Sql, table: string, row: Row): Promise<string> {
  const full = { id: uuidv7(), ...row };
  const parameters = Object.keys(full).map((_, index) => `$${index + 1}`);
  const text = `INSERT INTO ${table} (${Object.keys(full).join(', ')}) VALUES (${parameters.join(', ')})`;
  await sql.query(text, ...Object.values(full));
  return full.id;
}

const refused: Record<string, [table: 'patients' | 'doctors' | 'appointments', change: Row][]> = {
  'a name that is empty, or too long': [
    ['patients', { last_name: '' }],
    ['patients', { first_name: 'x'.repeat(101) }],
    ['patients', { middle_name: '' }],
    ['doctors', { specialty: '' }],
  ],
  'a sex, a phone, a day that is none': [
    ['patients', { sex: 'f' }],
    ['patients', { phone: '0301234' }],
    ['patients', { phone: '+1234567890123456' }],
    ['patients', { birth_date: '2023-02-29' }],
  ],
  'a version below 1': [
    ['patients', { version: 0 }],
    ['doctors', { version: 0 }],
    ['appointments', { version: 0 }],
  ],
  'a status that is none': [['appointments', { status: 'lost' }]],
  'a cancellation without a reason': [['appointments', { status: 'cancelled' }]],
  'an appointment without length, or of over 8 hours': [
    ['appointments', { ends_at: APPOINTMENT.starts_at ?? null }],
    ['appointments', { ends_at: '2027-03-01T08:00:00.000Z' }],
    ['appointments', { ends_at: '2027-03-01T17:00:01.000Z' }],
  ],
  'an appointment of nobody': [
    ['appointments', { patient_id: uuidv7() }],
    ['appointments', { doctor_id: uuidv7() }],
  ],
};

for (const { name, suite: options, place } of DATABASES) {
  suite(`the tables in ${name} refuse`, options, () => {
    const open = async (t: TestContext) => {
      const database = await openSql(t, await place(t));
      const people = await database.transaction(async (sql) => ({
        patient_id: await insert(sql, 'patients', PATIENT),
        doctor_id: await insert(sql, 'doctors', DOCTOR),
      }));
      const good = { patients: PATIENT, doctors: DOCTOR, appointments: { ...APPOINTMENT, ...people } };
      return { database, people, good };
    };

    for (const [what, changes] of Object.entries(refused)) {
      test(what, async (t) => {
        const { database, good } = await open(t);
        for (const [table, change] of changes) {
          const row = { ...good[table], ...change };
          await assert.rejects(
            database.transaction((sql) => insert(sql, table, row)),
            JSON.stringify(change),
          );
        }
        for (const table of ['patients', 'doctors', 'appointments'] as const) {
          await database.transaction((sql) => insert(sql, table, good[table])); // It is the change that was refused.
        }
      });
    }

    test('two live appointments of one doctor, or of one patient, at one moment', async (t) => {
      const { database, people } = await open(t);
      const others = await database.transaction(async (sql) => ({
        patient_id: await insert(sql, 'patients', PATIENT),
        doctor_id: await insert(sql, 'doctors', DOCTOR),
      }));
      const add = (row: Row) =>
        database.transaction((sql) => insert(sql, 'appointments', { ...APPOINTMENT, ...people, ...row }));
      const first = await add({});
      const { patient_id, doctor_id } = others;
      for (const stranger of [{ patient_id }, { doctor_id }]) {
        for (const [from, to] of [
          ['09:00', '10:00'],
          ['08:00', '09:01'],
          ['09:59', '11:00'],
          ['09:10', '09:20'],
          ['08:00', '15:00'],
        ]) {
          const time = { starts_at: `2027-03-01T${from}:00.000Z`, ends_at: `2027-03-01T${to}:00.000Z` };
          await assert.rejects(add({ ...stranger, ...time }), { code: 'conflict' }, `${from} ${to}`);
        }
      }
      // Back to back, and at the same time when one of the two is not live.
      await add({ starts_at: '2027-03-01T10:00:00.000Z', ends_at: '2027-03-01T18:00:00.000Z' });
      await add({ starts_at: '2027-03-01T01:00:00.000Z', ends_at: '2027-03-01T09:00:00.000Z' });
      const noshow = await add({ status: 'noshow' });
      const revive = () =>
        database.transaction((sql) =>
          sql.query("UPDATE appointments SET status = 'booked' WHERE id = $1", noshow),
        );
      await assert.rejects(revive(), { code: 'conflict' });
      await database.transaction((sql) =>
        sql.query("UPDATE appointments SET status = 'noshow' WHERE id = $1", first),
      );
      await revive();
    });

    test('the deletion of a person with appointments', async (t) => {
      const { database, people, good } = await open(t);
      await database.transaction((sql) => insert(sql, 'appointments', good.appointments));
      const remove = (table: string, id: string) =>
        database.transaction((sql) => sql.query(`DELETE FROM ${table} WHERE id = $1`, id));
      await assert.rejects(remove('patients', people.patient_id), { code: 'conflict' });
      await assert.rejects(remove('doctors', people.doctor_id), { code: 'conflict' });
    });
  });
}
