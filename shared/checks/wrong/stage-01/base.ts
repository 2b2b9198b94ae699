import { randomBytes, randomUUID } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { parseArgs } from 'node:util';

export type Fields = Record<string, string | undefined>;
export type Patient = { id: string; version: number; [field: string]: unknown };
export type Data = { version: number; patients: Patient[]; appointments: unknown[] };
type Order = { operation: string; id: string; fields: Fields; search: string; file: string; json: boolean };

/** What a wrong program says of itself. */
export interface Wrong {
  /** The check that must reject it. */
  caughtBy: string;
}

export class Refusal extends Error {}
class UsageError extends Error {}

/**
 * A small program that keeps the whole contract of stage 1, in plain Node, part by part. The wrong programs
 * beside it are this one with a part replaced, so what a check finds in them can only be that part.
 */
export const program = {
  /** Keeps other processes out while the work is done. SQLite's lock on an empty file dies with its holder. */
  async locked<T>(file: string, _operation: string, work: () => Promise<T>): Promise<T> {
    const lock = new DatabaseSync(`${file}.lock`, { timeout: 60_000 });
    lock.exec('BEGIN EXCLUSIVE');
    try {
      return await work();
    } finally {
      lock.close();
    }
  },

  locate: (file: string): string => (existsSync(file) ? realpathSync(file) : file),

  async read(file: string): Promise<Data> {
    if (!existsSync(file)) return { version: 1, patients: [], appointments: [] };
    const data = program.decode(file);
    const lists: unknown[] = [data?.patients, data?.appointments];
    const isRecord = (one: Patient | null) => typeof one?.id === 'string';
    const sound = lists.every((list) => Array.isArray(list) && list.every(isRecord));
    if (!sound || !program.knowsVersion(data.version))
      throw new Refusal(`${file} is not a file of version 1`);
    return data;
  },

  decode(file: string): Data {
    try {
      return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file)));
    } catch (cause) {
      throw new Refusal(`${file} cannot be read: ${cause}`);
    }
  },

  knowsVersion: (version: unknown): boolean => version === 1,

  async write(file: string, data: Data): Promise<void> {
    const temporary = `${file}.${randomUUID()}`;
    const handle = openSync(temporary, 'wx', 0o600);
    writeFileSync(handle, program.encode(data));
    fsyncSync(handle);
    closeSync(handle);
    renameSync(temporary, file);
  },

  encode: (data: Data): string => `${JSON.stringify(data, null, 2)}\n`,

  clean: (text: string): string => text.normalize('NFC').trim(),

  isName: (text: string): boolean => /^[\p{L}\p{M} '-]{1,100}$/u.test(text) && /\p{L}/u.test(text),

  isCalendarDate(text: string): boolean {
    const date = new Date(`${text}T00:00:00Z`);
    return !Number.isNaN(date.getTime()) && date.toISOString().slice(0, 10) === text;
  },

  isBirthDate(text: string): boolean {
    const today = new Date().toISOString().slice(0, 10);
    const oldest = `${Number(today.slice(0, 4)) - 130}${today.slice(4)}`;
    return program.isCalendarDate(text) && text >= oldest && text <= today;
  },

  complaints({
    lastName = '',
    firstName = '',
    middleName,
    birthDate = '',
    sex = '',
    phone,
  }: Fields): string[] {
    const sexes = ['male', 'female', 'other', 'unknown'];
    return [
      program.isName(lastName) || 'lastName: wants a name',
      program.isName(firstName) || 'firstName: wants a name',
      !middleName || program.isName(middleName) || 'middleName: wants a name',
      program.isBirthDate(birthDate) || 'birthDate: wants a day of the last 130 years, such as 1990-05-17',
      sexes.includes(sex) || `sex: wants ${sexes.join(', ')}`,
      !phone || /^\+[1-9]\d{0,14}$/.test(phone) || 'phone: wants a number such as +12025550199',
    ].filter((complaint) => complaint !== true);
  },

  newId(): string {
    const time = Date.now().toString(16).padStart(12, '0');
    const random = randomBytes(10).toString('hex');
    const parts = [time.slice(0, 8), time.slice(8), `7${random.slice(0, 3)}`, `8${random.slice(3, 6)}`];
    return [...parts, random.slice(6, 18)].join('-');
  },

  created(fields: object): Patient {
    const now = new Date().toISOString();
    return { id: program.newId(), ...program.present(fields), version: 1, createdAt: now, updatedAt: now };
  },

  changed(old: Patient, fields: Fields): Patient {
    const { id, version } = old;
    return {
      ...program.present({ ...old, ...fields }),
      id,
      version: version + 1,
      updatedAt: new Date().toISOString(),
    };
  },

  /** An empty text clears a field. */
  present: (fields: object) => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== '')),

  /** Text as the search compares it: Greek has two small sigmas for one capital. */
  fold: (text: string): string => text.normalize('NFC').toUpperCase().toLowerCase().replaceAll('ς', 'σ'),

  contains: (name: string, text: string): boolean => program.fold(name).includes(program.fold(text)),

  fit: (text: string, width: number): string => {
    const columns = (letter: string) =>
      /\p{M}/u.test(letter) ? 0 : /[\u2e80-\ud7ff\uf900-\ufaff]/u.test(letter) ? 2 : 1;
    let [shown, used] = ['', 0];
    for (const letter of text) {
      if (used + columns(letter) > width) break;
      [shown, used] = [shown + letter, used + columns(letter)];
    }
    return shown + ' '.repeat(width - used);
  },

  print(value: Patient | Patient[], json: boolean): void {
    const cells = ({ lastName, firstName, birthDate }: Patient) =>
      [lastName, firstName, birthDate].map(String);
    const line = (one: Patient) =>
      cells(one)
        .map((cell) => program.fit(cell, 24))
        .join('  ');
    if (json) console.log(JSON.stringify(value));
    else if (Array.isArray(value)) console.log(['', ...value.map(line)].join('\n'));
    else for (const [field, text] of Object.entries(value)) console.log(`${field}: ${text}`);
  },

  async carryOut({ operation, id, fields, search, file }: Order): Promise<Patient | Patient[]> {
    if (operation === 'list') {
      const { patients } = await program.read(file);
      const names = ({ lastName, firstName, middleName = '' }: Patient) =>
        [lastName, firstName, middleName].map(String);
      return patients.filter((patient) => names(patient).some((name) => program.contains(name, search)));
    }
    if (operation === 'find-by-id') return program.find(await program.read(file), id);
    return program.locked(file, operation, async () => {
      const data = await program.read(file);
      const found = operation === 'add' ? undefined : program.find(data, id);
      const wanted = found ? program.changed(found, fields) : program.created(fields);
      const complaints = operation === 'delete' ? [] : program.complaints(wanted as Fields);
      if (complaints.length > 0) throw new Refusal(complaints.join('\n'));
      const others = data.patients.filter((patient) => patient !== found);
      const patients = found
        ? data.patients.map((patient) => (patient === found ? wanted : patient))
        : [...others, wanted];
      await program.write(file, { ...data, patients: operation === 'delete' ? others : patients });
      return operation === 'delete' && found ? found : wanted;
    });
  },

  find(data: Data, id: string): Patient {
    const found = data.patients.find((patient) => patient.id === id);
    if (!found) throw new Refusal(`There is no patient ${id}`);
    return found;
  },

  readOrder(args: string[]): Order {
    const { values, tokens } = parse(args);
    const operations = ['add', 'list', 'find-by-id', 'update', 'delete'] as const;
    const given = tokens.flatMap((token) => (token.kind === 'option' ? [token.name] : []));
    const [operation, ...others] = operations.filter((name) => given.includes(name));
    if (!operation || others.length > 0) throw new UsageError('Exactly one operation is wanted.');
    program.refuseTwice(given);
    const fields = {
      lastName: values['last-name'],
      firstName: values['first-name'],
      middleName: values['middle-name'],
      birthDate: values['birth-date'],
      sex: values.sex,
      phone: values.phone,
    };
    const cleaned = Object.entries(fields).flatMap(([name, text]) =>
      text === undefined ? [] : [[name, program.clean(text)]],
    );
    const { search = '', json = false, file = program.defaultFile() } = values;
    const id = operation === 'add' || operation === 'list' ? '' : (values[operation] ?? '');
    return { operation, id, fields: Object.fromEntries(cleaned), search, file: program.locate(file), json };
  },

  refuseTwice(given: readonly string[]): void {
    const twice = given.find((name, index) => given.indexOf(name) < index);
    if (twice) throw new UsageError(`--${twice} is given twice.`);
  },

  defaultFile: (): string => process.env.DATA_FILE ?? 'patients.json',

  exitCodeOf: (error: unknown): number => (error instanceof UsageError ? 2 : 1),
};

function parse(args: string[]) {
  const text = { type: 'string' } as const;
  const yes = { type: 'boolean' } as const;
  const operations = { add: yes, list: yes, 'find-by-id': text, update: text, delete: text };
  const names = { 'last-name': text, 'first-name': text, 'middle-name': text };
  const options = {
    ...operations,
    ...names,
    'birth-date': text,
    sex: text,
    phone: text,
    search: text,
    file: text,
    json: yes,
  };
  try {
    return parseArgs({ args, options, tokens: true });
  } catch (error) {
    throw new UsageError(String(error));
  }
}

const HELP = 'One of: --add, --list [--search TEXT], --find-by-id ID, --update ID, --delete ID';

/** Runs the program of this process's arguments, with some of its parts replaced. */
export async function main(replaced: Partial<typeof program> = {}): Promise<void> {
  Object.assign(program, replaced);
  try {
    const order = program.readOrder(process.argv.slice(2));
    const result = await program.carryOut(order);
    program.print(result, order.json);
  } catch (error) {
    console.error(error instanceof UsageError ? `${error.message}\n${HELP}` : String(error));
    process.exitCode = program.exitCodeOf(error);
  }
}

if (import.meta.main) await main();
