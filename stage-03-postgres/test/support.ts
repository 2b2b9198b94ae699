import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { createFolder } from '@medcenter/shared/testing';
import { createDatabase, needsPostgres } from '@medcenter/shared/testing/postgres';
import { v7 as uuidv7 } from 'uuid';
import type { Clock } from '../src/domain/index.ts';
import {
  type ClinicStorage,
  createSqlStorage,
  type DatabaseOptions,
  migrateDatabase,
  openDatabase,
  type SqlDatabase,
} from '../src/repository/index.ts';
import {
  createAppointmentRegistry,
  createDoctorRegistry,
  createPatientRegistry,
} from '../src/service/index.ts';
import { createStillClock, sampleDoctorInput, samplePatientInput } from './contracts/index.ts';

/** Makes an empty database its own for the test: its tables are there already. */
type Place = (t: TestContext) => Promise<DatabaseOptions>;

const migrate = async (url: string) => void (await migrateDatabase({ url, file: '' }));

/** Both databases. A suite over one of them is given its `suite` options: without a server it says so, or fails on CI. */
export const DATABASES: readonly { name: string; suite: { skip?: string | false }; place: Place }[] = [
  {
    name: 'SQLite',
    suite: {},
    place: async (t) => ({ url: undefined, file: join(await createFolder(t), 'medcenter.db') }),
  },
  {
    name: 'PostgreSQL',
    suite: needsPostgres(),
    // Patience: a busy machine is not what these tests are about.
    place: async (t) => ({ url: await createDatabase(t, migrate), file: '', limits: { connectMs: 5_000 } }),
  },
];

export async function openSql(t: TestContext, options: DatabaseOptions): Promise<SqlDatabase> {
  const database = await openDatabase(options);
  t.after(() => database.close());
  return database;
}

export async function openStorage(t: TestContext, options: DatabaseOptions): Promise<ClinicStorage> {
  return createSqlStorage(await openSql(t, options));
}

/** The services over a storage, with one patient and one doctor. */
export async function createClinic(storage: ClinicStorage, clock: Clock = createStillClock()) {
  const deps = { storage, newId: uuidv7, clock };
  const services = {
    patients: createPatientRegistry(deps),
    doctors: createDoctorRegistry(deps),
    appointments: createAppointmentRegistry(deps),
  };
  const patient = await services.patients.register(samplePatientInput());
  const doctor = await services.doctors.register(sampleDoctorInput());
  return { ...services, storage, patient, doctor, deps };
}

/** 1 March 2027 from 9 to half past, or so many hours later. */
export function sampleTime(hoursLater = 0): { startsAt: string; endsAt: string } {
  const at = (minute: string) => `2027-03-01T${String(9 + hoursLater).padStart(2, '0')}:${minute}:00.000Z`;
  return { startsAt: at('00'), endsAt: at('30') };
}
