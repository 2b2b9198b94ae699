import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite, type TestContext, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { createFolder } from '@medcenter/shared/testing';
import { createDatabase, needsPostgres } from '@medcenter/shared/testing/postgres';
import {
  createSqlStorage,
  type DatabaseOptions,
  migrateDatabase,
  migrations,
  openDatabase,
} from '../src/repository/index.ts';
import { samplePatient } from './contracts/index.ts';

const EMPTY_DATABASES = [
  {
    name: 'SQLite',
    options: {},
    place: async (t: TestContext): Promise<DatabaseOptions> => ({
      url: undefined,
      file: join(await createFolder(t), 'new', 'medcenter.db'),
    }),
  },
  {
    name: 'PostgreSQL',
    options: needsPostgres(),
    place: async (t: TestContext): Promise<DatabaseOptions> => ({ url: await createDatabase(t), file: '' }),
  },
] as const;

/** A folder with one migration more, numbered as the next, as a later stage brings it. */
async function createNextFolder(t: TestContext, text = 'CREATE TABLE later (id integer)'): Promise<URL> {
  const folder = await createFolder(t);
  for (const kind of ['postgres', 'sqlite']) {
    const own = await readdir(new URL(`${kind}/`, migrations[0]));
    await mkdir(join(folder, kind));
    await writeFile(join(folder, kind, `${own.length + 1}_later.sql`), text);
  }
  return pathToFileURL(`${folder}/`);
}

for (const { name, options, place } of EMPTY_DATABASES) {
  suite(`migrations of ${name}`, options, () => {
    test('run once, in the order of their numbers, also those of a later stage', async (t) => {
      const database = await place(t);
      assert.deepEqual(await migrateDatabase(database), { applied: ['1_clinic'], version: 1 });
      assert.deepEqual(await migrateDatabase(database), { applied: [], version: 1 });
      const folders = [...migrations, await createNextFolder(t)];
      assert.deepEqual(await migrateDatabase(database, folders), { applied: ['2_later'], version: 2 });
    });

    test('keep the data', async (t) => {
      const place_ = await place(t);
      const patient = samplePatient();
      const storage = createSqlStorage(await openDatabase(place_));
      await storage.transaction((tx) => tx.patients.insert(patient));
      await storage.close();
      const later = createSqlStorage(await openDatabase(place_, [...migrations, await createNextFolder(t)]));
      t.after(() => later.close());
      assert.deepEqual(await later.patients.list({}), [patient]);
    });

    test('of five starts at once run once', async (t) => {
      const database = await place(t);
      const reports = await Promise.all(Array.from({ length: 5 }, () => migrateDatabase(database)));
      assert.deepEqual(
        reports.flatMap(({ applied }) => applied),
        ['1_clinic'],
      );
    });

    test('of a newer program are refused by an older one, which changes nothing', async (t) => {
      const database = await place(t);
      await migrateDatabase(database, [...migrations, await createNextFolder(t)]);
      await assert.rejects(openDatabase(database), {
        code: 'database',
        message: /has migration 2, and the program knows 1/,
      });
    });

    test('that fail leave nothing behind', async (t) => {
      const database = await place(t);
      const broken = await createNextFolder(t, 'CREATE TABLE half (id integer); SELECT nonsense;');
      await assert.rejects(migrateDatabase(database, [...migrations, broken]), /nonsense/);
      // The table of the first half is not there, or this would fail.
      const whole = await createNextFolder(t, 'CREATE TABLE half (id integer);');
      assert.equal((await migrateDatabase(database, [...migrations, whole])).version, 2);
    });

    test('that were edited after they ran are refused', async (t) => {
      const database = await place(t);
      await migrateDatabase(database, [...migrations, await createNextFolder(t)]);
      const edited = await createNextFolder(t, 'CREATE TABLE later (id integer, name text)');
      const refusal = { code: 'database', message: /2_later/ };
      await assert.rejects(migrateDatabase(database, [...migrations, edited]), refusal);
    });

    test('are numbered without a gap', async (t) => {
      const twice = [...migrations, ...migrations];
      await assert.rejects(migrateDatabase(await place(t), twice), /out of turn/);
    });
  });
}

test('both databases have the same migrations, tables and columns', async () => {
  const [folder] = migrations;
  assert.ok(folder);
  const read = async (kind: string) => {
    const path = fileURLToPath(new URL(`${kind}/`, folder));
    const names = (await readdir(path)).sort();
    const texts = await Promise.all(names.map((name) => readFile(join(path, name), 'utf8')));
    const tables = texts.join('\n').matchAll(/CREATE TABLE (\w+) \(\n([\s\S]*?)\n\)/g);
    const columns = [...tables].map(([, table, body = '']) => [
      table,
      [...body.matchAll(/^ {2}([a-z_]+) /gm)]
        .map(([, column]) => column)
        .filter((column) => column !== 'row'),
    ]);
    return { names, columns };
  };
  const [postgres, sqlite] = await Promise.all([read('postgres'), read('sqlite')]);
  assert.ok(postgres.columns.length >= 4);
  assert.deepEqual(postgres, sqlite);
});
