import { resolve } from 'node:path';
import { type MigrationReport, migrations } from './migrations.ts';
import { migratePostgres, openPostgres, type PostgresLimits, placeOf } from './postgres/index.ts';
import type { SqlDatabase } from './sql.ts';
import { migrateSqlite, openSqlite } from './sqlite/index.ts';

export interface DatabaseOptions {
  /** A PostgreSQL server; without one, the SQLite file. */
  readonly url: string | undefined;
  readonly file: string;
  /** What names the file, to be said when it is of no use: `SQLITE_FILE`, if nothing else. */
  readonly fileVariable?: string;
  readonly limits?: Partial<PostgresLimits>;
  /**
   * Asked at each query outside of a transaction: when this signal aborts, PostgreSQL ends the query. One of SQLite ends
   * before anybody could abort it.
   */
  readonly signalOf?: () => AbortSignal | undefined;
}

/**
 * Opens the database, with its tables as this program needs them.
 * @throws DatabaseError when it cannot be reached, is damaged, or is newer than the program
 */
export async function openDatabase(
  options: DatabaseOptions,
  folders: readonly URL[] = migrations,
): Promise<SqlDatabase> {
  await migrateDatabase(options, folders);
  const { url, file, limits = {}, signalOf } = options;
  return url ? openPostgres(url, limits, signalOf) : openSqlite(file);
}

/** Brings the tables up to date, and nothing else. Two at once do it once. @throws DatabaseError */
export function migrateDatabase(
  { url, file, fileVariable }: DatabaseOptions,
  folders: readonly URL[] = migrations,
): Promise<MigrationReport> {
  return url ? migratePostgres(url, folders) : migrateSqlite(file, folders, fileVariable);
}

/** Which database it is and where, for people: without the password. */
export function describeDatabase({ url, file }: Pick<DatabaseOptions, 'url' | 'file'>): string {
  return url ? `PostgreSQL at ${placeOf(url)}` : `the SQLite file ${resolve(file)}`;
}
