import type { Client, Reply } from '../client.ts';
import { expect } from '../harness.ts';
import {
  expectErrors,
  expectFields,
  expectPage,
  expectPatient,
  expectProblem,
  expectRegistered,
  isRecord,
  type JsonRecord,
  query,
  type Registered,
  register,
} from '../stage-02/expectations.ts';
import type { Call } from '../story.ts';
import { APPOINTMENTS, DOCTORS, PATIENTS } from './check.ts';
import { doctor, somebody } from './people.ts';
import { at } from './times.ts';

export * from '../stage-02/expectations.ts';

/** A patient and a doctor who are nobody else's, so their time is free. */
export interface Pair {
  patientId: string;
  doctorId: string;
  patient: Registered;
  doctor: Registered;
}

/** A record of any kind as an answer. */
export const expectRecord = expectPatient;

export async function hire(api: Client, changes?: Readonly<Record<string, unknown>>): Promise<Registered> {
  return expectRegistered(await api.post(DOCTORS, doctor(changes)), DOCTORS);
}

export async function openPair(api: Client): Promise<Pair> {
  const [patient, hired] = [await register(api), await hire(api)];
  return { patientId: patient.id, doctorId: hired.id, patient, doctor: hired };
}

/** Registers several at once, in handfuls: patients or doctors. */
export async function openMany(api: Client, collection: string, count: number): Promise<string[]> {
  const ids: string[] = [];
  while (ids.length < count) {
    const calls = Array.from({ length: Math.min(10, count - ids.length) }, () => ({
      method: 'POST',
      path: collection,
      body: collection === PATIENTS ? somebody() : doctor(),
    }));
    for (const reply of await api.together(calls)) ids.push(expectRecord(reply, 201).id);
  }
  return ids;
}

/** What a booking says; the times are minutes. */
export function booking(
  { patientId, doctorId }: Pick<Pair, 'patientId' | 'doctorId'>,
  from = 0,
  to = from + 30,
  changes: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  return { patientId, doctorId, startsAt: at(from), endsAt: at(to), ...changes };
}

export const bookingCall = (body: Record<string, unknown>, headers: Record<string, string> = {}): Call => ({
  ...{ method: 'POST', path: APPOINTMENTS },
  body,
  headers,
});

/** Books; that it works is what the check relies on. */
export async function book(
  api: Client,
  pair: Pick<Pair, 'patientId' | 'doctorId'>,
  from = 0,
  to = from + 30,
  changes: Readonly<Record<string, unknown>> = {},
): Promise<Registered> {
  return expectBooked(await api.post(APPOINTMENTS, booking(pair, from, to, changes)));
}

export function expectBooked(reply: Reply): Registered {
  const booked = expectRegistered(reply, APPOINTMENTS);
  expectFields(reply, booked.record, { status: 'booked' });
  return booked;
}

export async function cancel(api: Client, { path }: Pick<Registered, 'path'>): Promise<JsonRecord> {
  const reply = await api.patch(path, { status: 'cancelled', cancellationReason: 'illness' });
  const record = expectRecord(reply, 200);
  expectFields(reply, record, { status: 'cancelled' });
  return record;
}

/** Words of databases: of their language, their products and the names that people give to rules in them. */
const OF_THE_DATABASE = [
  /\bSQL|\b(SELECT|INSERT INTO|UPDATE \w+ SET|DELETE FROM)\b|better-sqlite|postgres|\bpg_/i,
  /\bconstraint\b|\bviolat|duplicate key|foreign key|\brelation "|\btrigger\b|tstzrange|deadlock/i,
  /\b\w+_(pkey|fkey|key|excl|check|free|overlap|idx)\b|\b(patients|doctors|appointments)\.\w|\b23(505|503|P01)\b/,
];

export function expectNothingOfTheDatabase(reply: Reply): void {
  const found = OF_THE_DATABASE.map((words) => words.exec(reply.text)?.[0]).find(Boolean);
  expect(found === undefined, `nothing of the database in the answer, and not "${found}"`, reply);
}

/** A refusal because somebody is booked then; who, its errors tell. */
export function expectTaken(reply: Reply, ...paths: string[]): void {
  const { errors } = expectProblem(reply, 409);
  expectNothingOfTheDatabase(reply);
  if (paths.length === 0) return;
  const told = Array.isArray(errors) ? errors.filter(isRecord).map(({ path }) => String(path)) : [];
  expect(
    told.some((path) => paths.includes(path)),
    `errors: [{ path: "${paths.join('" or "')}", message }]`,
    reply,
  );
}

/** The appointments that a filter finds, up to 100. */
export async function listed(
  api: Client,
  filter: Readonly<Record<string, string>>,
): Promise<{ items: JsonRecord[]; reply: Reply }> {
  const reply = await api.get(APPOINTMENTS + query({ ...filter, limit: 100 }));
  return { items: expectPage(reply).items, reply };
}

/** Exactly so many appointments of this doctor that are not cancelled. */
export async function expectLive(api: Client, doctorId: string, count: number): Promise<void> {
  const { items, reply } = await listed(api, { doctorId });
  const live = items.filter(({ status }) => status === 'booked' || status === 'arrived');
  expect(live.length === count, `${count} live among the doctor's appointments, not ${live.length}`, reply);
}

/** Each body is refused by 422 that names these paths. */
export async function expectEachRefused(
  api: Client,
  cases: readonly (readonly [body: Record<string, unknown>, paths: readonly string[]])[],
): Promise<void> {
  for (const [body, paths] of cases) expectErrors(await api.post(APPOINTMENTS, body), paths);
}
