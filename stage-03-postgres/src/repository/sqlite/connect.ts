import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { DomainError, unavailable } from '../../domain/index.ts';
import { DatabaseError } from '../database-error.ts';

const BUSY_MS = 3_000;
const OWNER_ALONE = 0o600;
/** Two megabytes are SQLite's own choice; with a million patients, the upper floors of the indexes alone are more. */
const CACHE_KIB = 64 * 1_024;

/** @throws DatabaseError when the file cannot be opened, or is no database; it says which variable names another */
export async function connect(file: string, variable = 'SQLITE_FILE'): Promise<Database.Database> {
  try {
    const path = resolve(file); // Some names, such as ":memory:", mean something else to SQLite.
    mkdirSync(dirname(path), { recursive: true });
    closeSync(openSync(path, 'a', OWNER_ALONE)); // What SQLite puts beside it gets the same rights.
    // No waiting in here: it would hold up the whole process. `whileBusy` waits instead.
    const db = new Database(path, { timeout: 0 });
    // Readers see the last commit while somebody writes.
    await whileBusy(() => db.pragma('journal_mode = WAL'));
    db.pragma('synchronous = FULL'); // What was answered is on the disk, also when the power fails.
    db.pragma('foreign_keys = ON');
    db.pragma(`cache_size = -${CACHE_KIB}`); // The minus says that it is no number of pages.
    return db;
  } catch (error) {
    const code = codeOf(error);
    if (code === undefined || error instanceof DomainError) throw error;
    throw new DatabaseError(`${resolve(file)} cannot be used as a database (${code}): set ${variable}.`, {
      cause: error,
    });
  }
}

/** Tries until no other process holds the file. @throws DomainError `unavailable` after 3 s */
export async function whileBusy<T>(attempt: () => T): Promise<T> {
  for (const deadline = performance.now() + BUSY_MS; ; await sleep(2 + Math.random() * 8)) {
    try {
      return attempt();
    } catch (error) {
      if (!codeOf(error)?.startsWith('SQLITE_BUSY')) throw error;
      if (performance.now() > deadline)
        throw unavailable('another program holds the database: try again', error);
    }
  }
}

/** SQLite's or the system's name for what went wrong. */
function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}
