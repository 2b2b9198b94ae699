import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { v7 as uuidv7 } from 'uuid';
import { WEEKDAYS } from '../src/domain/index.ts';
import {
  type ClinicStorage,
  createSqlStorage,
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
  createSystemClock,
  createTimeZones,
  type ScheduleService,
} from '../src/service/index.ts';

/** This stage's schedule service in this process, on a SQLite file of the experiment's own. */
export interface Clinic extends AsyncDisposable {
  readonly service: ScheduleService;
  readonly storage: ClinicStorage;
  readonly doctorId: string;
  readonly patientId: string;
}

/** One doctor, who works day and night by slots of five minutes, and one patient, who will see a lot of them. */
export async function openClinic(): Promise<Clinic> {
  const folder = mkdtempSync(join(tmpdir(), 'break-it-'));
  const database = await openDatabase({ url: undefined, file: join(folder, 'medcenter.db') }, migrations);
  const zones = createTimeZones();
  const storage = withSlots(createSqlStorage(database), { zones });
  const deps = { storage, newId: uuidv7, clock: createSystemClock() };
  const appointments = createAppointmentRegistry(deps);
  const tables = { schedulesOver: sqlSchedules, times: sqlAppointmentTimes(storage.sql) };
  const service = createScheduleService({ ...deps, ...tables, appointments, zones, lookMs: 5 });

  const doctor = { lastName: 'Haddad', firstName: 'Samira', specialty: 'cardiology' };
  const { id: doctorId } = await createDoctorRegistry(deps).register(doctor);
  const birth = { birthDate: '1990-05-14', sex: 'female' } as const;
  const patient = { lastName: 'Okafor', firstName: 'Adaeze', ...birth };
  const { id: patientId } = await createPatientRegistry(deps).register(patient);
  const weekly = WEEKDAYS.map((day) => ({ day, from: '00:00', to: '24:00' }));
  await service.putSchedule(doctorId, { timeZone: 'UTC', slotMinutes: 5, weekly, exceptions: [] });
  return {
    service,
    storage,
    doctorId,
    patientId,
    async [Symbol.asyncDispose]() {
      await storage.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A day far ahead, and the beginning of its slot of this number. */
export const DATE = '2091-03-05';
export function slotBegin(number: number): string {
  return new Date(Date.parse(DATE) + number * 5 * 60_000).toISOString();
}
