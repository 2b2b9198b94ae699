import { constants, copyFile, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DatabaseError } from './database-error.ts';

/**
 * Folders of numbered SQL files, oldest first, each with a subfolder `postgres` and one `sqlite`: one numbering through
 * all stages. A migration that has run is never edited: the next number adds.
 */
export const migrations: readonly URL[] = [new URL('../../migrations/', import.meta.url)];

export interface MigrationReport {
  /** The names of the files that were run now, such as `1_clinic`. */
  readonly applied: readonly string[];
  /** The number of the newest one, which the database now has. */
  readonly version: number;
}

export interface Migration {
  readonly name: string;
  readonly file: string;
}

/** The migrations for one kind of database, in the order of their numbers. */
export async function listMigrations(
  folders: readonly URL[],
  kind: 'postgres' | 'sqlite',
): Promise<Migration[]> {
  const found = await Promise.all(
    folders.map(async (folder) => {
      const path = join(fileURLToPath(folder), kind);
      return (await readdir(path))
        .filter((name) => name.endsWith('.sql'))
        .map((name) => ({ name: name.replace(/\.sql$/, ''), file: join(path, name) }));
    }),
  );
  const all = found.flat().sort((a, b) => numberOf(a) - numberOf(b));
  const misnumbered = all.find((migration, index) => numberOf(migration) !== index + 1);
  if (misnumbered) throw new Error(`migrations are numbered 1, 2, 3 …; ${misnumbered.name} is out of turn`);
  return all;
}

/** The texts of some migrations. */
export function readMigrations(list: readonly Migration[]): Promise<string[]> {
  return Promise.all(list.map(({ file }) => readFile(file, 'utf8')));
}

/** postgres-migrations takes one folder: gathers them in a temporary one. What it remembers of each is name and text. */
export async function withOneFolder<T>(
  list: readonly Migration[],
  use: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'medcenter-migrations-'));
  try {
    for (const { name, file } of list)
      await copyFile(file, join(folder, `${name}.sql`), constants.COPYFILE_EXCL);
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A program must not write into tables whose rules it does not know. @throws DatabaseError */
export function refuseNewerDatabase(version: number, known: number): void {
  if (version <= known) return;
  throw new DatabaseError(
    `The database is newer than this program: it has migration ${version}, and the program knows ${known}. ` +
      'Run the newer program, or name another database.',
  );
}

function numberOf({ name }: Migration): number {
  return Number.parseInt(name, 10);
}
