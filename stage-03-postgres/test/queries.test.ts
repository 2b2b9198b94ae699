import assert from 'node:assert/strict';
import { suite, type TestContext, test } from 'node:test';
import { v7 as uuidv7 } from 'uuid';
import { createSqlStorage, type SqlDatabase } from '../src/repository/index.ts';
import { fillClinic, idOf } from './fixtures/index.ts';
import { DATABASES, openSql } from './support.ts';

const ROWS = 100_000;

/** The same database, which puts down how each statement would be run. */
function watch(database: SqlDatabase, isPostgres: boolean): { database: SqlDatabase; plans: string[] } {
  const plans: string[] = [];
  const query: SqlDatabase['query'] = async (text, ...values) => {
    const explain = isPostgres ? `EXPLAIN (COSTS OFF) ${text}` : `EXPLAIN QUERY PLAN ${text}`;
    const rows = await database.query<Record<string, unknown>>(explain, ...values);
    plans.push(rows.map((row) => row['QUERY PLAN'] ?? row.detail).join('\n'));
    return database.query(text, ...values);
  };
  return { database: { ...database, query }, plans };
}

for (const { name, suite: options, place } of DATABASES) {
  suite(`at ${ROWS} rows in ${name}`, options, () => {
    test('no list, and no finding, reads a whole table', async (t: TestContext) => {
      const isPostgres = name === 'PostgreSQL';
      const real = await openSql(t, { ...(await place(t)), limits: { statementMs: 60_000 } });
      await fillClinic(real, { patients: ROWS, doctors: ROWS, appointments: ROWS, busyDoctors: 500 });
      const [patientId, doctorId] = [idOf('patient', 66), idOf('doctor', 66)];
      const { database, plans } = watch(real, isPostgres);
      const { patients, doctors, appointments } = createSqlStorage(database);
      const [from, to] = ['2027-01-02T00:00:00.000Z', '2027-01-03T00:00:00.000Z'];
      const after = { startsAt: from, id: uuidv7() };
      const limit = 20;
      const reads: Record<string, () => Promise<{ length: number } | undefined>> = {
        'a patient by id': async () => (await patients.find(patientId)) && { length: 1 },
        'a doctor by id': async () => (await doctors.find(doctorId)) && { length: 1 },
        'a page of patients': () => patients.list({ limit, after: patientId }),
        'a page of doctors': () => doctors.list({ limit, after: doctorId }),
        'patients by name': () => patients.list({ limit, search: 'nameccbb' }),
        'patients by name, from a place on': () =>
          patients.list({ limit, search: 'meccb', after: patientId }),
        'doctors by name': () => doctors.list({ limit, search: 'nameccbb' }),
        'appointments from a place on': () => appointments.list({ limit, after }),
        "a doctor's day": () => appointments.list({ doctorId, from, to, limit }),
        "a doctor's day, from a place on": () => appointments.list({ doctorId, from, to, limit, after }),
        'appointments of a patient': () => appointments.list({ patientId, limit }),
        'appointments of a doctor and a patient': () => appointments.list({ doctorId, patientId, limit }),
        'appointments by status': () => appointments.list({ status: 'noshow', limit }),
        'appointments by status in a range': () => appointments.list({ status: 'noshow', from, to, limit }),
        'appointments in a range': () => appointments.list({ from, to, limit }),
        'all appointments of a doctor': () => appointments.list({ doctorId }),
        'all appointments of a patient': () => appointments.list({ patientId }),
      };
      for (const [what, read] of Object.entries(reads)) {
        plans.length = 0;
        const found = await read();
        const [plan = ''] = plans;
        assert.ok(plan, what);
        // SQLite says SCAN of a table, and of an index that it walks in the order of the list, which is what we want.
        const wholeTable = isPostgres ? /Seq Scan/ : /SCAN (patients|doctors|appointments)$/m;
        assert.doesNotMatch(plan, wholeTable, `${what}:\n${plan}`);
        if (what !== 'appointments of a doctor and a patient')
          assert.ok(found?.length, `${what} found nothing`);
      }
    });
  });
}
