import { createDatabase, needsPostgres } from '@medcenter/shared/testing/postgres';
import type { TestContext } from 'node:test';
import {
  type ClinicStorage,
  createSqlStorage,
  migrateDatabase,
  migrations,
  openDatabase,
} from '../src/repository/index.ts';

const migrate = async (url: string) => void (await migrateDatabase({ url, file: '' }, migrations));

/** PostgreSQL, where there is one. */
export const POSTGRES = {
  suite: needsPostgres(),
  /** An empty database of the test's own, with its tables; answers its address. */
  place: (t: TestContext): Promise<string> => createDatabase(t, migrate),
};

/** The storage of a program that runs: whoever opens it is another process to it. */
export async function openStorage(
  t: TestContext,
  { DATABASE_URL: url, SQLITE_FILE: file = '' }: Readonly<Record<string, string>>,
): Promise<ClinicStorage> {
  const limits = { connectMs: 5_000 };
  const storage = createSqlStorage(await openDatabase({ url: url || undefined, file, limits }, migrations));
  t.after(() => storage.close());
  return storage;
}

/** Has a database of a program to itself, until what it answers is called, or the test is over. */
export async function lockDatabase(
  t: TestContext,
  env: Readonly<Record<string, string>>,
): Promise<() => Promise<void>> {
  const storage = await openStorage(t, env);
  const [locked, done] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const lock = storage.transaction(async ({ sql }) => {
    // In SQLite, a transaction that writes is enough.
    if (env.DATABASE_URL)
      await sql.query('LOCK TABLE appointments, patients, outbox IN ACCESS EXCLUSIVE MODE');
    locked.resolve();
    await done.promise;
  });
  t.after(() => done.resolve());
  await Promise.race([locked.promise, lock]);
  return async () => {
    done.resolve();
    await lock;
  };
}
