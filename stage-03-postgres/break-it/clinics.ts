import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { readConfig, readEnvironment, variables } from '../src/config/index.ts';
import {
  type ClinicStorage,
  createSqlStorage,
  type DatabaseOptions,
  openDatabase,
  type SqlDatabase,
} from '../src/repository/index.ts';
import {
  type ClinicDeps,
  createDoctorRegistry,
  createPatientRegistry,
  createSystemClock,
} from '../src/service/index.ts';

/** This stage over a database of the experiment's own, with one doctor and one patient. It is gone afterwards. */
export interface Clinic extends AsyncDisposable {
  readonly options: DatabaseOptions;
  readonly database: SqlDatabase;
  readonly storage: ClinicStorage;
  readonly deps: ClinicDeps;
  readonly doctorId: string;
  readonly patientId: string;
}

/** The PostgreSQL that this stage uses on this machine, if it does: by DATABASE_URL, or by the stage's `.env`. */
export const postgresUrl: string | undefined = readConfig(
  variables,
  readEnvironment(new URL('../.env', import.meta.url)),
).DATABASE_URL;

export async function openClinic(name: 'SQLite' | 'PostgreSQL'): Promise<Clinic> {
  await using stack = new AsyncDisposableStack();
  const options =
    name === 'SQLite' ? { url: undefined, file: newFile() } : { url: await createDatabase(stack), file: '' };
  const database = stack.adopt(await openDatabase(options), (opened) => opened.close());
  const storage = createSqlStorage(database);
  const deps = { storage, newId: uuidv7, clock: createSystemClock() };
  const doctor = await createDoctorRegistry(deps).register({
    lastName: 'Haddad',
    firstName: 'Samira',
    specialty: 'cardiology',
  });
  const patient = await createPatientRegistry(deps).register({
    lastName: 'Okafor',
    firstName: 'Adaeze',
    birthDate: '1990-05-14',
    sex: 'female',
  });
  const opened = stack.move();
  const ids = { doctorId: doctor.id, patientId: patient.id };
  return { options, database, storage, deps, ...ids, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

export function newFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'break-it-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'medcenter.db');
}

/** Beside the stage's own database on its server, so that the stage's data are not touched. */
async function createDatabase(stack: AsyncDisposableStack): Promise<string> {
  const name = `medcenter_break_it_${randomBytes(6).toString('hex')}`;
  const admin = new pg.Client({ connectionString: postgresUrl });
  await admin.connect();
  stack.defer(() => admin.end());
  await admin.query(`CREATE DATABASE ${name}`);
  stack.defer(async () => void (await admin.query(`DROP DATABASE ${name} WITH (FORCE)`)));
  const url = new URL(postgresUrl ?? '');
  url.pathname = `/${name}`;
  return url.href;
}
