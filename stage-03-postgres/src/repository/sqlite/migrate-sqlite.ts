import { createHash } from 'node:crypto';
import type Database from 'better-sqlite3';
import { DatabaseError } from '../database-error.ts';
import {
  listMigrations,
  type Migration,
  type MigrationReport,
  readMigrations,
  refuseNewerDatabase,
} from '../migrations.ts';
import { connect, whileBusy } from './connect.ts';

/** Keeps what was run in a table, as postgres-migrations does. */
export async function migrateSqlite(
  file: string,
  folders: readonly URL[],
  variable?: string,
): Promise<MigrationReport> {
  const list = await listMigrations(folders, 'sqlite');
  const texts = await readMigrations(list);
  const db = await connect(file, variable);
  try {
    // One who comes meanwhile waits, and finds it done.
    await whileBusy(() => db.exec('BEGIN IMMEDIATE'));
    const applied = runMissing(db, list, texts);
    db.exec('COMMIT');
    return { applied, version: list.length };
  } finally {
    db.close(); // Rolls back what is not committed.
  }
}

function runMissing(db: Database.Database, list: readonly Migration[], texts: readonly string[]): string[] {
  db.exec(
    'CREATE TABLE IF NOT EXISTS migrations (id INTEGER PRIMARY KEY, name TEXT NOT NULL, hash TEXT NOT NULL) STRICT',
  );
  const hashes = db.prepare<[], string>('SELECT hash FROM migrations ORDER BY id').pluck().all();
  refuseNewerDatabase(hashes.length, list.length);
  const insert = db.prepare('INSERT INTO migrations (id, name, hash) VALUES (?, ?, ?)');
  const applied: string[] = [];
  list.forEach(({ name }, index) => {
    const text = texts[index] ?? '';
    const hash = createHash('sha256').update(text).digest('hex');
    if (hashes[index] === undefined) {
      run(db, name, text);
      insert.run(index + 1, name, hash);
      applied.push(name);
    } else if (hashes[index] !== hash) {
      throw new DatabaseError(`${name} was edited after it ran in this database: write another migration.`);
    }
  });
  return applied;
}

function run(db: Database.Database, name: string, text: string): void {
  try {
    db.exec(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new DatabaseError(`The tables were not brought up to date: ${name}: ${reason}`, { cause: error });
  }
}
