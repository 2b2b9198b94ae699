import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { createFolder } from '@medcenter/shared/testing';
import { createDatabase, needsPostgres } from '@medcenter/shared/testing/postgres';
import { v7 as uuidv7 } from 'uuid';
import type { Clock, TimeZones } from '../src/domain/index.ts';
import {
  type ClinicStorage,
  createSqlStorage,
  type DatabaseOptions,
  migrateDatabase,
  migrations,
  openDatabase,
  sqlAppointmentTimes,
  sqlSchedules,
  withSlots,
} from '../src/repository/index.ts';
import {
  createAppointmentRegistry,
  createDoctorRegistry,
  createPatientRegistry,
  createScheduleService,
  createTimeZones,
} from '../src/service/index.ts';
import { createStillClock, sampleDoctorInput, samplePatientInput } from './contracts/index.ts';

const migrate = async (url: string) => void (await migrateDatabase({ url, file: '' }, migrations));

export interface DatabaseKind {
  readonly name: string;
  readonly suite: { skip?: string | false };
  /** Makes an empty database of the test's own: its tables are there already. */
  place(t: TestContext): Promise<DatabaseOptions>;
}

export const SQLITE: DatabaseKind = {
  name: 'SQLite',
  suite: {},
  place: async (t) => ({ url: undefined, file: join(await createFolder(t), 'medcenter.db') }),
};

export const POSTGRES: DatabaseKind = {
  name: 'PostgreSQL',
  suite: needsPostgres(),
  // Patience: a busy machine is not what these tests are about.
  place: async (t) => ({ url: await createDatabase(t, migrate), file: '', limits: { connectMs: 5_000 } }),
};

export const DATABASES = [SQLITE, POSTGRES];

export const ZONES = createTimeZones();

export async function openStorage(t: TestContext, options: DatabaseOptions): Promise<ClinicStorage> {
  const storage = createSqlStorage(await openDatabase(options, migrations));
  t.after(() => storage.close());
  return storage;
}

export interface DeskOptions {
  readonly clock?: Clock;
  readonly zones?: TimeZones;
  readonly lookMs?: number;
  readonly keepMs?: number;
}

/** The services over a storage, as the schedule service's program puts them together. */
export function createDesk(stored: ClinicStorage, options: DeskOptions = {}) {
  const { clock = createStillClock(), zones = ZONES, lookMs = 20, keepMs = 60_000 } = options;
  const storage = withSlots(stored, { zones });
  const deps = { storage, newId: uuidv7, clock };
  const appointments = createAppointmentRegistry(deps);
  const times = sqlAppointmentTimes(storage.sql);
  const tables = { schedulesOver: sqlSchedules, times, zones };
  const [patients, doctors] = [createPatientRegistry(deps), createDoctorRegistry(deps)];
  return {
    storage,
    patients,
    doctors,
    appointments,
    times,
    schedules: createScheduleService({ ...deps, ...tables, appointments, lookMs, keepMs }),
    newPatient: async () => (await patients.register(samplePatientInput())).id,
    newDoctor: async () => (await doctors.register(sampleDoctorInput())).id,
  };
}
