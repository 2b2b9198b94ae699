import { unavailable } from '../../domain/index.ts';
import { refusalOf } from '../constraints.ts';

// The codes: https://www.sqlite.org/rescode.html
const CONSTRAINTS = [
  'SQLITE_CONSTRAINT_UNIQUE',
  'SQLITE_CONSTRAINT_PRIMARYKEY',
  'SQLITE_CONSTRAINT_FOREIGNKEY',
];
/** Locked by others, a full disk, a broken one, one that may only be read. Each has further codes that begin so. */
const TROUBLES = ['SQLITE_BUSY', 'SQLITE_FULL', 'SQLITE_IOERR', 'SQLITE_CANTOPEN', 'SQLITE_READONLY'];

/** What the rest of the system is told of an error of SQLite; any other as it is. */
export function translate(error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error;
  const code = String(error.code);
  // A trigger has no other way to say which rule it is than the text that it raises.
  if (code === 'SQLITE_CONSTRAINT_TRIGGER') return refusalOf(error.message, error);
  if (CONSTRAINTS.includes(code)) return refusalOf('', error);
  if (TROUBLES.some((trouble) => code.startsWith(trouble))) {
    return unavailable('the database cannot answer now: try again', error);
  }
  return error;
}
