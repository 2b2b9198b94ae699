// Fifty people press the button for one doctor's nine o'clock, all at once. How many of them are told "yours"?
import { setTimeout as sleep } from 'node:timers/promises';
import { v7 as uuidv7 } from 'uuid';
import type { Appointment } from '../src/domain/index.ts';
import { createAppointmentRegistry } from '../src/service/index.ts';
import { type Clinic, openClinic, postgresUrl } from './clinics.ts';

const CALLERS = 50;
const SLOT = { startsAt: '2091-03-01T09:00:00.000Z', endsAt: '2091-03-01T09:30:00.000Z' };

/** Takes the constraints of the tables away: then only the program stands between two people and one slot. */
async function repealTheLaw({ database, options }: Clinic): Promise<void> {
  const statements = options.url
    ? ['doctor', 'patient'].map((who) => `ALTER TABLE appointments DROP CONSTRAINT ${who}_is_free`)
    : ['doctor_is', 'patient_is', 'doctor_stays', 'patient_stays'].map((who) => `DROP TRIGGER ${who}_free`);
  await database.transaction(async (sql) => {
    for (const statement of statements) await sql.query(statement);
  });
}

type Book = (clinic: Clinic) => Promise<unknown>;

/** Looks first, then writes: two calls, as in a form that asks "is it free?" before it sends. */
const askThenInsert: Book = async ({ storage, ...clinic }) => {
  if (isTaken(await storage.appointments.list({ doctorId: clinic.doctorId }))) throw new Error('taken');
  await sleep(20); // The network, the next lines of the program, a person who thinks.
  await storage.transaction((tx) => tx.appointments.insert(newAppointment(clinic)));
};

/** The same in one transaction. Is it any better? */
const askThenInsertInOne: Book = ({ storage, ...clinic }) =>
  storage.transaction(async (tx) => {
    if (isTaken(await tx.appointments.list({ doctorId: clinic.doctorId }))) throw new Error('taken');
    await sleep(20);
    await tx.appointments.insert(newAppointment(clinic));
  });

/** This stage: nobody asks. The insert is tried, and the table's constraint says no. */
const insertUnderTheLaw: Book = ({ deps, doctorId, patientId }) =>
  createAppointmentRegistry(deps).book({ doctorId, patientId, ...SLOT });

async function race(name: 'SQLite' | 'PostgreSQL', book: Book): Promise<number> {
  await using clinic = await openClinic(name);
  if (book !== insertUnderTheLaw) await repealTheLaw(clinic);
  // All connections are open before the race: else the first caller would be done before the second has one.
  await Promise.all(Array.from({ length: CALLERS }, () => clinic.database.query('SELECT 1')));
  const answers = await Promise.allSettled(Array.from({ length: CALLERS }, () => book(clinic)));
  const winners = answers.filter(({ status }) => status === 'fulfilled').length;
  const written = await clinic.storage.appointments.list({});
  if (written.length !== winners) throw new Error(`${winners} won, and ${written.length} are written`);
  return winners;
}

function isTaken(appointments: readonly Appointment[]): boolean {
  return appointments.some(({ startsAt, endsAt }) => startsAt < SLOT.endsAt && endsAt > SLOT.startsAt);
}

function newAppointment({ doctorId, patientId }: Pick<Clinic, 'doctorId' | 'patientId'>): Appointment {
  return { id: uuidv7(), doctorId, patientId, ...SLOT, status: 'booked', version: 1 };
}

const databases = ['SQLite', ...(postgresUrl ? ['PostgreSQL'] : [])] as ('SQLite' | 'PostgreSQL')[];
console.log(`${`${CALLERS} callers, one slot: winners`.padEnd(34)}${databases.join('   ')}`);
for (const [way, book] of [
  ['ask, then insert', askThenInsert],
  ['ask and insert in one transaction', askThenInsertInOne],
  ['insert, and the constraint judges', insertUnderTheLaw],
] as const) {
  const cells: string[] = [];
  for (const name of databases) cells.push(String(await race(name, book)).padStart(name.length));
  console.log(`${way.padEnd(34)}${cells.join('   ')}`);
}
if (!postgresUrl) console.log('(PostgreSQL was not asked: DATABASE_URL is unset.)');
