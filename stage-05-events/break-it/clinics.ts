import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { v7 as uuidv7 } from 'uuid';
import { createNewEvent } from '../src/app/new-event.ts';
import { type Appointment, type AppointmentEvent, createAppointment, topicOf } from '../src/domain/index.ts';
// File by file: behind the door of `events` is the client of Kafka, too, and booker.ts starts again and again.
import type { EventLog } from '../src/events/event-log.ts';
import { startRelay } from '../src/events/relay.ts';
import { openSqliteLog } from '../src/events/sqlite-log.ts';
import { EVENT_TOPICS } from '../src/events/topics.ts';
import {
  type ClinicStorage,
  createSqlStorage,
  migrations,
  type OutboxMessage,
  openDatabase,
  sqlOutbox,
} from '../src/repository/index.ts';
import { writeEvent } from '../src/schema/index.ts';
import { createDoctorRegistry, createPatientRegistry, createSystemClock } from '../src/service/index.ts';

export const clock = createSystemClock();

/** This stage's tables and its log, each in a SQLite file of the experiment's own. */
export interface Clinic extends AsyncDisposable {
  readonly storage: ClinicStorage;
  readonly log: EventLog;
}

/** A folder that is gone afterwards. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'break-it-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export async function openClinic(folder = newFolder()): Promise<Clinic> {
  const database = await openDatabase({ url: undefined, file: join(folder, 'medcenter.db') }, migrations);
  const storage = createSqlStorage(database);
  const log = await openSqliteLog(join(folder, 'events.db'), clock);
  return {
    storage,
    log,
    async [Symbol.asyncDispose]() {
      await log.close();
      await storage.close();
    },
  };
}

/** One doctor and one patient, who will see a lot of each other. */
export interface People {
  readonly doctorId: string;
  readonly patientId: string;
}

export async function registerPeople(storage: ClinicStorage): Promise<People> {
  const deps = { storage, newId: uuidv7, clock };
  const doctor = { lastName: 'Haddad', firstName: 'Samira', specialty: 'cardiology' };
  const patient = {
    lastName: 'Okafor',
    firstName: 'Adaeze',
    birthDate: '1990-05-14',
    sex: 'female',
  } as const;
  return {
    doctorId: (await createDoctorRegistry(deps).register(doctor)).id,
    patientId: (await createPatientRegistry(deps).register(patient)).id,
  };
}

/** The half hour of this number, in a year that is far away. */
export function halfHour(number: number): { startsAt: string; endsAt: string } {
  const at = (count: number) => new Date(Date.UTC(2091, 2, 5) + count * 30 * 60_000).toISOString();
  return { startsAt: at(number), endsAt: at(number + 1) };
}

export async function book(storage: ClinicStorage, people: People, number: number): Promise<Appointment> {
  const appointment = createAppointment({ ...people, ...halfHour(number) }, { id: uuidv7(), clock });
  await storage.transaction((tx) => tx.appointments.insert(appointment));
  return appointment;
}

export const newEvent = createNewEvent(clock);

export function toMessage(event: AppointmentEvent): OutboxMessage {
  return { topic: topicOf(event.type), key: event.subject, value: writeEvent(event) };
}

/** Lets this stage's relay tell what stands in the outbox, until there is nothing left. */
export async function tellAll(storage: ClinicStorage, log: Pick<EventLog, 'publish'>): Promise<void> {
  await using _relay = startRelay({ storage, log, clock, onTrouble: () => {} });
  while ((await sqlOutbox(storage.sql).list(1)).length > 0) await sleep(20);
}

/** The ids of the appointments that the log tells of. */
export async function toldOf(log: EventLog): Promise<Set<string>> {
  const told = new Set<string>();
  for await (const { key } of log.list(EVENT_TOPICS)) told.add(String(key));
  return told;
}
