import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { createFolder } from '@medcenter/shared/testing';
import { createDatabase, needsPostgres } from '@medcenter/shared/testing/postgres';
import pg from 'pg';
import { migrateDatabase, openDatabase } from '../src/repository/index.ts';
import { sampleAppointment, sampleDoctor, samplePatient } from './contracts/index.ts';
import { openSql, openStorage } from './support.ts';

const migrate = async (url: string) => void (await migrateDatabase({ url, file: '' }));

/** For all connections to come. */
async function set(url: string, setting: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`ALTER DATABASE ${client.database} SET ${setting}`);
  await client.end();
}

suite('a PostgreSQL that is set up in another way', needsPostgres(), () => {
  const settings = [
    "datestyle = 'SQL, DMY'",
    "timezone = 'Europe/Berlin'",
    "default_transaction_isolation = 'serializable'",
  ];
  for (const setting of settings) {
    test(`with ${setting} gives back what it was given`, async (t) => {
      const url = await createDatabase(t, migrate);
      await set(url, setting);
      const storage = await openStorage(t, { url, file: '' });
      const patient = samplePatient({ birthDate: '1990-05-04', createdAt: '1850-02-03T04:05:06.789Z' });
      const doctor = sampleDoctor();
      const appointment = sampleAppointment({ patientId: patient.id, doctorId: doctor.id });
      await storage.transaction(async (tx) => {
        await tx.patients.insert(patient);
        await tx.doctors.insert(doctor);
        await tx.appointments.insert(appointment);
      });
      assert.deepEqual(await storage.patients.list({}), [patient]);
      assert.deepEqual(await storage.appointments.list({}), [appointment]);
    });
  }

  test('that keeps text in another encoding is refused at the start', async (t) => {
    const url = new URL(await createDatabase(t));
    const name = `${url.pathname.slice(1)}_latin1`;
    const admin = new pg.Client({ connectionString: url.href });
    await admin.connect();
    await admin.query(
      `CREATE DATABASE ${name} ENCODING 'LATIN1' LOCALE_PROVIDER libc LOCALE 'C' TEMPLATE template0`,
    );
    t.after(async () => {
      await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
      await admin.end();
    });
    url.pathname = `/${name}`;
    await assert.rejects(openDatabase({ url: url.href, file: '' }), { code: 'database', message: /LATIN1/ });
  });

  test('that may only be read serves readers, and tells writers that it cannot', async (t) => {
    const url = await createDatabase(t, migrate);
    await set(url, 'default_transaction_read_only = on');
    const storage = await openStorage(t, { url, file: '' });
    assert.deepEqual(await storage.patients.list({}), []);
    const write = storage.transaction((tx) => tx.patients.insert(samplePatient()));
    await assert.rejects(write, { code: 'unavailable' });
  });
});

suite('a SQLite file', () => {
  test('is for its owner alone, and so is what stands beside it', async (t) => {
    const file = join(await createFolder(t), 'medcenter.db');
    const database = await openSql(t, { url: undefined, file });
    await database.transaction((sql) => sql.query('CREATE TABLE x (y TEXT)'));
    for (const path of [file, `${file}-wal`]) assert.equal((await stat(path)).mode & 0o777, 0o600, path);
  });

  test('tells how its one writer is used, and who waits for it', async (t) => {
    const database = await openSql(t, { url: undefined, file: join(await createFolder(t), 'medcenter.db') });
    assert.deepEqual(database.usage(), { busy: 0, idle: 2, waiting: 0 });
    const gate = Promise.withResolvers<void>();
    const writing = [1, 2, 3].map(() => database.transaction(() => gate.promise));
    assert.deepEqual(database.usage(), { busy: 1, idle: 1, waiting: 2 });
    gate.resolve();
    await Promise.all(writing);
    assert.deepEqual(database.usage(), { busy: 0, idle: 2, waiting: 0 });
  });

  test('is a file, whatever its name means to SQLite', async (t) => {
    const folder = await createFolder(t);
    const before = process.cwd();
    process.chdir(folder);
    t.after(() => process.chdir(before));
    const storage = await openStorage(t, { url: undefined, file: ':memory:' });
    await storage.transaction((tx) => tx.patients.insert(samplePatient()));
    assert.equal((await storage.patients.list({})).length, 1);
    assert.ok((await stat(join(folder, ':memory:'))).isFile());
  });

  test('on a disk that is full: unavailable, nothing half, and well again when there is room', async (t) => {
    const file = join(await createFolder(t), 'medcenter.db');
    const database = await openSql(t, { url: undefined, file });
    await database.transaction((sql) => sql.query('CREATE TABLE notes (text TEXT)'));
    const setRoom = (pages: number) =>
      database.transaction((sql) => sql.query(`PRAGMA max_page_count = ${pages}`));
    const fill = () =>
      database.transaction(async (sql) => {
        for (let i = 0; i < 50; i++) await sql.query('INSERT INTO notes VALUES ($1)', 'x'.repeat(10_000));
      });
    await setRoom(60);
    await assert.rejects(fill(), { code: 'unavailable' });
    assert.deepEqual(await database.query('SELECT text FROM notes'), []);
    await setRoom(100_000);
    await fill();
  });
});

test('a SQLite file tells of the commits of others, and not of its own', async (t) => {
  const place = { url: undefined, file: join(await createFolder(t), 'medcenter.db') };
  const [here, there] = [await openSql(t, place), await openSql(t, place)];
  const { othersCommits } = here;
  assert.ok(othersCommits);
  const insert = (id: string) => (sql: { query(text: string, ...values: unknown[]): Promise<unknown> }) =>
    sql.query("INSERT INTO idempotency_keys SELECT $1, id, '', '', '' FROM patients", id);
  const before = othersCommits();
  await here.transaction(insert('of its own'));
  assert.equal(othersCommits(), before);
  await there.transaction((sql) =>
    sql
      .query('UPDATE patients SET version = version + 1')
      .then(() => sql.query('CREATE TABLE other (id TEXT)')),
  );
  assert.notEqual(othersCommits(), before);
});
