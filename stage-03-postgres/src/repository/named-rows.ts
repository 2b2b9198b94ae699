import type { PatientQuery } from '@medcenter/stage-02-http/repository';
import { foldCase, isUuid, type Patient } from '../domain/index.ts';
import { createBinder, type NamedTable, type Sql, where } from './sql.ts';

/** Rows that are there: doctors who left are kept for the sake of old appointments, and found by nobody. */
const PRESENT: Readonly<Record<NamedTable, readonly string[]>> = {
  patients: [],
  doctors: ['deleted_at IS NULL'],
};

/** What a search looks into: the whole name, folded as the searched text is. */
export function searchNameOf({ lastName, firstName, middleName = '' }: PersonName): string {
  return foldCase([lastName, firstName, middleName].join(' '));
}

type PersonName = Pick<Patient, 'lastName' | 'firstName' | 'middleName'>;

/** The row with this id, or none. */
export async function findNamed<Row>(
  sql: Sql,
  table: NamedTable,
  columns: string,
  id: string,
): Promise<Row[]> {
  if (!isUuid(id)) return [];
  const conditions = ['id = $1', ...PRESENT[table]].join(' AND ');
  return sql.query<Row>(`SELECT ${columns} FROM ${table} WHERE ${conditions} ${sql.dialect.forUpdate}`, id);
}

/** The rows whose name holds the text, by id. */
export async function listNamed<Row>(
  sql: Sql,
  table: NamedTable,
  columns: string,
  { search = '', after = '', limit }: PatientQuery,
): Promise<Row[]> {
  const text = foldCase(search.trim());
  // No name holds a NUL, and PostgreSQL takes no text with one.
  if (text.includes('\0') || (after !== '' && !isUuid(after))) return [];
  const { values, bind } = createBinder();
  const conditions = [...PRESENT[table]];
  if (after !== '') conditions.push(`id > ${bind(after)}`);
  if (text !== '') conditions.push(sql.dialect.nameHolds(table, text, bind));
  return sql.query<Row>(
    `SELECT ${columns} FROM ${table} ${where(conditions)} ORDER BY id ${limit === undefined ? '' : `LIMIT ${bind(limit)}`}`,
    ...values,
  );
}
