import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSqlStorage, openDatabase, type SqlDatabase } from '@medcenter/stage-03-postgres/repository';
import { fillClinic, idOf } from '@medcenter/stage-03-postgres/test/fixtures';
import { openBenchPostgres, open as openPostgres } from './bench-postgres.ts';
import type { Figures, PairedCase } from './paired.ts';

const SMALL = 1_000;
const LARGE = 1_000_000;
const READS = 300;

/** Of so many appointments each busy doctor has a hundred: a day full of them. */
const APPOINTMENTS_A_DOCTOR = 100;

/** What each read costs in a large clinic, beside the same in a small one. */
export function growthCase(kind: 'postgres' | 'sqlite'): PairedCase {
  const grown = (read: string) => (large: Figures, small: Figures) =>
    (large[read] ?? Number.NaN) / (small[read] ?? Number.NaN);
  return {
    name: `growth-${kind}`,
    what: `microseconds a read in ${kind} at ${LARGE} patients and as many appointments, beside the same at ${SMALL}; less is better, 1 is no growth`,
    ratios: {
      'a patient by id': grown('byId'),
      'a page of patients': grown('page'),
      "a doctor's day": grown('day'),
      'patients by name': grown('name'),
    },
    async open() {
      await using stack = new AsyncDisposableStack();
      const create = kind === 'postgres' ? await postgresPlaces(stack) : await sqlitePlaces(stack);
      const [large, small] = [await openClinic(create, LARGE, stack), await openClinic(create, SMALL, stack)];
      const opened = stack.move();
      return {
        subject: () => measure(large, LARGE),
        control: () => measure(small, SMALL),
        [Symbol.asyncDispose]: () => opened.disposeAsync(),
      };
    },
  };
}

type CreateDatabase = (name: string) => Promise<SqlDatabase>;

async function postgresPlaces(stack: AsyncDisposableStack): Promise<CreateDatabase> {
  const postgres = stack.use(await openBenchPostgres());
  return async (name) => openPostgres(await postgres.create(name));
}

async function sqlitePlaces(stack: AsyncDisposableStack): Promise<CreateDatabase> {
  const folder = await mkdtemp(join(tmpdir(), 'medcenter-bench-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  return (name) => openDatabase({ url: undefined, file: join(folder, `${name}.db`) });
}

async function openClinic(
  create: CreateDatabase,
  rows: number,
  stack: AsyncDisposableStack,
): Promise<SqlDatabase> {
  const database = stack.adopt(await create(`clinic_${rows}`), (opened) => opened.close());
  const busyDoctors = rows / APPOINTMENTS_A_DOCTOR;
  await fillClinic(database, { patients: rows, doctors: busyDoctors, appointments: rows, busyDoctors });
  if (database.dialect.name === 'PostgreSQL') await database.query('VACUUM'); // As its daemon does sooner or later.
  return database;
}

/** Microseconds a read, of reads of one kind one after the other, each at a place of its own. */
async function measure(database: SqlDatabase, rows: number): Promise<Figures> {
  const { patients, appointments } = createSqlStorage(database);
  const some = (count: number) => 1 + Math.floor(Math.random() * count);
  const day = { from: '2027-01-01T00:00:00.000Z', to: '2027-01-02T00:00:00.000Z', limit: 100 };
  const reads = {
    byId: () => patients.find(idOf('patient', some(rows))),
    page: () => patients.list({ after: idOf('patient', some(rows - 20)), limit: 20 }),
    day: () => appointments.list({ ...day, doctorId: idOf('doctor', some(rows / APPOINTMENTS_A_DOCTOR)) }),
    // The letters of a long number: in either clinic few have them all.
    name: () => patients.list({ search: inLetters(rows - some(rows / 2)), limit: 20 }),
  };
  const figures: Record<string, number> = {};
  for (const [name, read] of Object.entries(reads)) {
    const begun = performance.now();
    for (let i = 0; i < READS; i++) await read();
    figures[name] = ((performance.now() - begun) / READS) * 1_000;
  }
  return figures;
}

/** As the rows are named. */
function inLetters(n: number): string {
  return String(n).replaceAll(/\d/g, (digit) => 'ABCDEFGHIJ'[Number(digit)] ?? '');
}
