import stringWidth from 'string-width';
import wrapAnsi from 'wrap-ansi';
import type { Patient } from '../domain/index.ts';
import type { Terminal } from './terminal.ts';

type View = Pick<Terminal, 'columns' | 'strong'>;

const GAP = '  ';
const NARROWEST_NAME = 12;

/** A line for each patient, in columns. A name that is too long for its column goes on in the next line. */
export function patientTable(patients: readonly Patient[], { columns, strong }: View): string {
  const rows = patients.map((patient) =>
    [patient.id, patient.birthDate, patient.sex, nameOf(patient)].map(clean),
  );
  const head = ['ID', 'BORN', 'SEX', 'NAME'];
  const fixed = [0, 1, 2].map((column) => widest([head, ...rows].map((row) => row[column] ?? '')));
  const used = fixed.reduce((sum, width) => sum + width + GAP.length, 0);
  const nameWidth = Math.max(columns - used, NARROWEST_NAME);
  const format = (row: readonly string[]) => formatRow(row, fixed, nameWidth);
  return [strong(format(head)), ...rows.map(format)].join('\n');
}

/** One patient, a line for each field. */
export function patientCard(patient: Patient, { columns, strong }: View): string {
  const fields = [
    ['Name', nameOf(patient)],
    ['Born', patient.birthDate],
    ['Sex', patient.sex],
    ['Phone', patient.phone ?? '-'],
    ['ID', patient.id],
    ['Version', `${patient.version}, of ${patient.updatedAt}`],
  ] as const;
  const label = widest(fields.map(([name]) => name));
  const room = Math.max(columns - label - GAP.length, NARROWEST_NAME);
  return fields
    .map(([name, value]) =>
      hang(strong(pad(name, label)) + GAP, label + GAP.length, wrap(clean(value), room)),
    )
    .join('\n');
}

/** As lists sort it: the family name first. */
function nameOf({ lastName, firstName, middleName }: Patient): string {
  return [lastName, firstName, middleName].filter(Boolean).join(' ');
}

/** A file made by hand can hold characters that would steer the terminal. */
function clean(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, '\ufffd');
}

function formatRow(row: readonly string[], fixed: readonly number[], nameWidth: number): string {
  const before = fixed.map((width, column) => pad(row[column] ?? '', width) + GAP).join('');
  return hang(before, before.length, wrap(row[fixed.length] ?? '', nameWidth));
}

/** The first line behind `before`, the others under the first. */
function hang(before: string, indent: number, [first = '', ...others]: readonly string[]): string {
  return [before + first, ...others.map((line) => ' '.repeat(indent) + line)].join('\n');
}

/** At spaces where it can be, within a word where it must. */
function wrap(text: string, width: number): string[] {
  return widthOf(text) <= width ? [text] : wrapAnsi(text, width, { hard: true }).split('\n');
}

function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(width - widthOf(text), 0));
}

function widest(texts: readonly string[]): number {
  return texts.reduce((most, text) => Math.max(most, widthOf(text)), 0);
}

/** In columns of a terminal: a CJK letter fills two, a combining mark none. */
function widthOf(text: string): number {
  return /^[\x20-\x7e]*$/.test(text) ? text.length : stringWidth(text);
}
