import { DatabaseError } from '../database-error.ts';

/** Host, port and database of a URL, without user and password. */
export function placeOf(url: string): string {
  const { host, pathname } = new URL(url);
  return `${host || 'the local socket'}${pathname}`;
}

/** Why the server cannot be used, for the person who starts the program. */
export function cannotBeUsed(url: string, error: unknown): DatabaseError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
  const reason = code === undefined ? '' : ` (${REASONS[code] ?? code})`;
  const text = `PostgreSQL at ${placeOf(url)} cannot be used${reason}. Check DATABASE_URL and that the server runs; without DATABASE_URL a SQLite file serves.`;
  return new DatabaseError(text, { cause: error });
}

/** A migration that was edited after it ran, or that fails: the words of the one who runs them tell which. */
export function cannotBeMigrated(url: string, error: unknown): DatabaseError {
  const reason = error instanceof Error ? error.message : String(error);
  const text = `The tables of PostgreSQL at ${placeOf(url)} were not brought up to date: ${reason}`;
  return new DatabaseError(text, { cause: error });
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'there is no such host',
  '28P01': 'the password is wrong',
  '28000': 'this user may not connect',
  '3D000': 'there is no such database',
  '42501': 'this user may not create what the program needs',
  '53300': 'it has no connection left',
  '57P03': 'it is still starting',
};
