import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createFolder, runProgram } from '@medcenter/shared/testing';
import { createDatabase, needsPostgres } from '@medcenter/shared/testing/postgres';
import Database from 'better-sqlite3';
import pg from 'pg';
import {
  createSqlStorage,
  migrateDatabase,
  openPostgres,
  type SqlDatabase,
} from '../src/repository/index.ts';
import { sampleAppointment, sampleDoctor, samplePatient } from './contracts/index.ts';
import { DATABASES, openSql } from './support.ts';

// Each hazard is shown twice: how it bites whoever goes the plain way, and that it does not bite here.

async function withNotes(database: SqlDatabase): Promise<SqlDatabase> {
  await database.transaction((sql) => sql.query('CREATE TABLE notes (text TEXT PRIMARY KEY)'));
  return database;
}

const insert = 'INSERT INTO notes (text) VALUES ($1)';
const notesOf = async (database: SqlDatabase) =>
  (await database.query<{ text: string }>('SELECT text FROM notes ORDER BY text')).map(({ text }) => text);

describe('two transactions that wait between their statements', () => {
  test('on one SQLite connection, the plain way: the rollback of one takes what the other has acknowledged', async (t) => {
    const db = new Database(join(await createFolder(t), 'plain.db'));
    t.after(() => db.close());
    db.exec('CREATE TABLE notes (text TEXT PRIMARY KEY)');
    const begin = () => db.inTransaction || db.exec('BEGIN');
    const failing = async () => {
      begin();
      await sleep(20);
      db.exec('ROLLBACK');
    };
    const acknowledged = async () => {
      begin();
      db.exec("INSERT INTO notes VALUES ('acknowledged')");
      return 'done';
    };
    const [, answer] = await Promise.all([failing(), acknowledged()]);
    assert.equal(answer, 'done');
    assert.deepEqual(db.prepare('SELECT text FROM notes').all(), []);
  });

  for (const { name, suite: options, place } of DATABASES) {
    suite(name, options, () => {
      test('here: each has its own end', async (t) => {
        const database = await withNotes(await openSql(t, await place(t)));
        const failing = database.transaction(async (sql) => {
          await sql.query(insert, 'failing');
          await sleep(20);
          throw new Error('no');
        });
        const acknowledged = database.transaction((sql) => sql.query(insert, 'acknowledged'));
        await Promise.allSettled([failing, acknowledged]);
        assert.deepEqual(await notesOf(database), ['acknowledged']);
      });

      test('here: the end of a transaction is the end of its statements', async (t) => {
        const database = await withNotes(await openSql(t, await place(t)));
        const late = await database.transaction(async (sql) => sql);
        await assert.rejects(late.query(insert, 'late'), { code: 'transaction' });
        await assert.rejects(
          database.transaction(() => database.transaction(async () => {})),
          { code: 'transaction' },
        );
        assert.deepEqual(await notesOf(database), []);
      });
    });
  }
});

suite('an error that the work swallows', needsPostgres(), () => {
  test('on PostgreSQL, the plain way: COMMIT answers without an error, and nothing was written', async (t) => {
    const client = new pg.Client({ connectionString: await createDatabase(t) });
    await client.connect();
    t.after(() => client.end());
    await client.query('CREATE TABLE notes (text TEXT PRIMARY KEY)');
    await client.query('BEGIN');
    await client.query("INSERT INTO notes VALUES ('one')");
    await client.query("INSERT INTO notes VALUES ('one')").catch(() => {});
    const { command } = await client.query('COMMIT');
    assert.equal(command, 'ROLLBACK');
    assert.equal((await client.query('SELECT FROM notes')).rowCount, 0);
  });

  for (const { name, suite: options, place } of DATABASES) {
    test(`here, over ${name}: the transaction fails with it`, options, async (t) => {
      const database = await withNotes(await openSql(t, await place(t)));
      const swallowing = database.transaction(async (sql) => {
        await sql.query(insert, 'one');
        await sql.query(insert, 'one').catch(() => {});
      });
      await assert.rejects(swallowing, { code: 'conflict' });
      assert.deepEqual(await notesOf(database), []);
    });
  }
});

describe('a SQLite file that another process holds', () => {
  /** Another process, as the command line or an import is one, that holds the file for 400 ms. */
  const HOLDER = fileURLToPath(new URL('hold-file.ts', import.meta.url));

  /** The longest time for which nothing else got its turn while `work` ran. */
  async function longestStall(work: () => Promise<unknown>): Promise<number> {
    let [longest, last] = [0, performance.now()];
    const timer = setInterval(() => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }, 2);
    await work();
    clearInterval(timer);
    return Math.max(longest, performance.now() - last);
  }

  test('is waited for, and this process does other things meanwhile; the plain busy timeout holds it up', async (t) => {
    const folder = await createFolder(t);
    const file = join(folder, 'medcenter.db');
    const database = await withNotes(await openSql(t, { url: undefined, file }));
    const hold = async () => {
      const held = runProgram(t, HOLDER, [file], { cwd: folder });
      // Until it holds the file, a writer of ours gets through.
      for (;;) {
        const db = new Database(file, { timeout: 0 });
        try {
          db.exec('BEGIN IMMEDIATE');
          db.exec('ROLLBACK');
        } catch {
          return { held };
        } finally {
          db.close();
        }
        await sleep(5);
      }
    };

    const first = await hold();
    const here = await longestStall(() => database.transaction((sql) => sql.query(insert, 'waited')));
    const second = await hold();
    const plain = new Database(file, { timeout: 5_000 });
    t.after(() => plain.close());
    const plainly = await longestStall(async () => plain.prepare(insert).run({ 1: 'stalled' }));
    for (const { held } of [first, second]) assert.equal((await held).exitCode, 0);
    assert.deepEqual(await notesOf(database), ['stalled', 'waited']);
    assert.ok(plainly > 150, `the plain way stalled for ${plainly} ms only`);
    assert.ok(here < plainly / 2, `here ${here} ms, the plain way ${plainly} ms`);
  });
});

suite('a transaction that stands in the way of another', needsPostgres(), () => {
  test('runs again: of two that lock the same rows crosswise, both succeed', async (t) => {
    const url = await createDatabase(t);
    const database = await withNotes(openPostgres(url));
    t.after(() => database.close());
    for (const text of ['a', 'b']) await database.transaction((sql) => sql.query(insert, text));
    let attempts = 0;
    const lockBoth = (first: string, second: string) =>
      database.transaction(async (sql) => {
        attempts += 1;
        await sql.query('SELECT text FROM notes WHERE text = $1 FOR UPDATE', first);
        await sleep(50);
        await sql.query('SELECT text FROM notes WHERE text = $1 FOR UPDATE', second);
      });
    await Promise.all([lockBoth('a', 'b'), lockBoth('b', 'a')]);
    assert.ok(attempts > 2, 'there was no deadlock to get over');
  });

  test('bookings by the constraint alone, the plain way: some wait for each other, and fail', async (t) => {
    const url = await createDatabase(
      t,
      async (empty) => void (await migrateDatabase({ url: empty, file: '' })),
    );
    const pool = new pg.Pool({ connectionString: url, max: 20, options: '-c deadlock_timeout=20ms' });
    t.after(() => pool.end());
    const storage = createSqlStorage(openPostgres(url));
    t.after(() => storage.close());
    const patients = Array.from({ length: 6 }, () => samplePatient());
    const doctor = sampleDoctor();
    await storage.transaction(async (tx) => {
      await tx.doctors.insert(doctor);
      await tx.patients.insertMissing(patients);
    });
    const insert = `INSERT INTO appointments (id, patient_id, doctor_id, starts_at, ends_at, status, version)
      VALUES (gen_random_uuid(), $1, $2, '2091-03-01T09:00Z', '2091-03-01T09:30Z', 'booked', 1)`;
    // One holds the slot, others wait for it; then it gives up, and each of them sees the others' rows.
    const holder = await pool.connect();
    await holder.query('BEGIN');
    await holder.query(insert, [patients[0]?.id, doctor.id]);
    const waiting = patients.slice(1).map(({ id }) => pool.query(insert, [id, doctor.id]));
    const results = Promise.allSettled(waiting);
    await sleep(300);
    await holder.query('ROLLBACK');
    holder.release();
    const codes = (await results).map((result) =>
      result.status === 'rejected' ? result.reason.code : 'booked',
    );
    assert.ok(codes.includes('40P01'), `no deadlock: ${codes}`);
    assert.equal(codes.filter((code) => code === 'booked').length, 1);
  });

  test('bookings by our storage: they wait before they write, and none meets another', async (t) => {
    const url = await createDatabase(
      t,
      async (empty) => void (await migrateDatabase({ url: empty, file: '' })),
    );
    const storage = createSqlStorage(openPostgres(url));
    t.after(() => storage.close());
    const patients = Array.from({ length: 6 }, () => samplePatient());
    const doctor = sampleDoctor();
    await storage.transaction(async (tx) => {
      await tx.doctors.insert(doctor);
      await tx.patients.insertMissing(patients);
    });
    const [first, ...others] = patients.map(({ id }) =>
      sampleAppointment({ patientId: id, doctorId: doctor.id }),
    );
    assert.ok(first);
    let attempts = 0;
    const givingUp = storage.transaction(async (tx) => {
      await tx.appointments.insert(first);
      await sleep(300);
      throw new Error('gives up');
    });
    await sleep(100);
    const results = Promise.allSettled(
      others.map((appointment) =>
        storage.transaction((tx) => {
          attempts += 1;
          return tx.appointments.insert(appointment);
        }),
      ),
    );
    await assert.rejects(givingUp);
    assert.equal((await results).filter(({ status }) => status === 'fulfilled').length, 1);
    assert.equal(attempts, others.length, 'a deadlock made some of them run again');
  });

  test('locks of one name are taken in one order, so they never meet crosswise', async (t) => {
    const database = openPostgres(await createDatabase(t));
    t.after(() => database.close());
    let attempts = 0;
    const keys = Array.from({ length: 12 }, (_, index) => String(index));
    const lockAll = () =>
      database.transaction(async (sql) => {
        attempts += 1;
        await sql.lock(...keys.toSorted(() => Math.random() - 0.5));
        await sleep(2);
      });
    await Promise.all(Array.from({ length: 20 }, lockAll));
    assert.equal(attempts, 20);
  });
});
