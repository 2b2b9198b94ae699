import pg from 'pg';

const { builtins } = pg.types;

/**
 * How values of PostgreSQL are read. A calendar date stays text: as a `Date` it would be midnight in the zone of this
 * machine, and elsewhere another day. An instant is text in UTC.
 */
export function readTypes(oid: number, format?: 'text' | 'binary'): (value: string) => unknown {
  if (oid === builtins.DATE) return (text) => text;
  if (oid === builtins.TIMESTAMPTZ) return (text) => new Date(text).toISOString();
  return pg.types.getTypeParser(oid, format as 'text');
}
