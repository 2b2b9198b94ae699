import { bytesOf, sameBytes } from '../files.ts';
import { type Exchange, expect } from '../harness.ts';
import type { Answer } from '../program.ts';
import { flagOf } from './people.ts';

/** A record as it comes from outside: nothing about it is known yet. */
export type JsonRecord = Record<string, unknown>;

export interface DataFile {
  version: unknown;
  patients: JsonRecord[];
  appointments: JsonRecord[];
}

export const DATA_FILE = 'patients.json';

export function expectExitCode(answer: Answer, code: number): void {
  expect(answer.exitCode === code, `exit code ${code}`, answer);
}

/** The whole of stdout is one JSON value. */
export function expectJson(answer: Answer): unknown {
  expectExitCode(answer, 0);
  const value = parse(answer.stdout);
  expect(value !== undefined, 'one JSON value on stdout, and nothing beside it', answer);
  return value;
}

export function expectRecord(answer: Answer): JsonRecord {
  const value = expectJson(answer);
  expect(isRecord(value), 'one JSON object on stdout: the record', answer);
  return value;
}

export function expectRecords(answer: Answer): JsonRecord[] {
  const value = expectJson(answer);
  expect(Array.isArray(value) && value.every(isRecord), 'one JSON array of records on stdout', answer);
  return value;
}

/** These patients and no others, in whatever order. */
export function expectPatients(answer: Answer, patients: readonly { id: string; lastName: string }[]): void {
  const found = expectRecords(answer).map(({ id }) => String(id));
  const wanted = patients.map(({ id }) => id);
  const names = patients.map(({ lastName }) => lastName).join(', ') || 'nobody: []';
  expect(sameJson(found.sort(), wanted.sort()), `exactly ${names} on stdout`, answer);
}

export function expectFields(answer: Exchange, record: JsonRecord, fields: object): void {
  for (const [name, value] of Object.entries(fields)) {
    const wanted = `${name}: ${JSON.stringify(value)} in the record, not ${JSON.stringify(record[name])}`;
    expect(sameJson(record[name], value), wanted, answer);
  }
}

/** An optional field with nothing in it is left out; languages that write null for that may. */
export function expectAbsent(answer: Exchange, record: JsonRecord, field: string): void {
  expect(record[field] === undefined || record[field] === null, `no ${field} in the record`, answer);
}

/** The data file after the call, in the agreed form. */
export function expectDataFile(answer: Answer, path = DATA_FILE): DataFile {
  const value = parse(bytesOf(answer.after, path)?.toString('utf8'));
  const inForm =
    isRecord(value) &&
    [value.patients, value.appointments].every((list) => Array.isArray(list) && list.every(isRecord));
  const form = `{ "version": 1, "patients": […], "appointments": […] } in ${path}`;
  expect(inForm && value.version === 1, form, answer);
  return value as unknown as DataFile;
}

/** The record of this id in the data file after the call. */
export function expectSaved(answer: Answer, id: unknown): JsonRecord {
  const saved = expectDataFile(answer).patients.filter((patient) => patient.id === id);
  const [record] = saved;
  expect(record && saved.length === 1, `one patient with id ${id} in ${DATA_FILE}`, answer);
  return record;
}

/** The one patient of a data file that had none before. */
export function expectOnlySaved(answer: Answer, path = DATA_FILE): JsonRecord {
  const [record, ...others] = expectDataFile(answer, path).patients;
  expect(record && others.length === 0, `one patient in ${path}`, answer);
  return record;
}

/** A refusal: its exit code, a word about it on stderr, nothing on stdout, and the data file as it was. */
export function expectRefusal(answer: Answer, code: 1 | 2 = 1, path = DATA_FILE): void {
  expectExitCode(answer, code);
  expect(answer.stdout.trim() === '', 'nothing on stdout: a refusal is not data', answer);
  expect(answer.stderr.trim() !== '', 'words on stderr that say what is wrong', answer);
  expectUntouched(answer, path);
}

export function expectUntouched(answer: Answer, path = DATA_FILE): void {
  const wanted = answer.before.has(path)
    ? `every byte of ${path} as it was`
    : `no ${path}, as there was none`;
  expect(
    sameBytes(answer.before, answer.after, path) && answer.before.has(path) === answer.after.has(path),
    wanted,
    answer,
  );
}

/** The message names a field as its flag, as its property, or in plain words. */
export function expectNamed(answer: Answer, fields: readonly string[]): void {
  const letters = (text: string) => text.toLowerCase().replace(/[^a-z]/g, '');
  const message = letters(answer.stderr);
  for (const field of fields) {
    expect(message.includes(letters(field)), `${flagOf(field)} (or ${field}) named on stderr`, answer);
  }
}

export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Equal as JSON, whatever the order of the keys. */
export function sameJson(one: unknown, other: unknown): boolean {
  return JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, field]) => [key, sorted(field)]),
  );
}

export function parse(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
