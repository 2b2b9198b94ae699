import type { Client, Reply } from '../client.ts';
import { type Exchange, expect } from '../harness.ts';
import {
  expectEntityTag,
  expectProblem,
  expectStatus,
  isRecord,
  type JsonRecord,
  openPair,
  type Pair,
  query,
} from '../stage-05/expectations.ts';
import type { Call } from '../story.ts';
import { dayAfter } from './calendar.ts';
import { APPOINTMENTS, DOCTORS } from './check.ts';

export * from '../stage-05/expectations.ts';

export const DAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;

export interface Hours {
  from: string;
  to: string;
}

export interface Slot {
  startsAt: string;
  endsAt: string;
}

/** `09:00-11:00`, as the hours of a day. */
export function hours(...rows: string[]): Hours[] {
  return rows.map((row) => {
    const [from = '', to = ''] = row.split('-');
    return { from, to };
  });
}

export const onDays = (days: readonly string[], ...rows: string[]) =>
  days.flatMap((day) => hours(...rows).map((row) => ({ day, ...row })));

/** On each day of the week the same hours. */
export const daily = (...rows: string[]) => onDays(DAYS, ...rows);

export const schedulePath = (doctorId: string) => `${DOCTORS}/${doctorId}/schedule`;
export const slotsPath = (doctorId: string, from: string, to = from) =>
  `${DOCTORS}/${doctorId}/slots${query({ from, to })}`;

/** Half hours from nine to eleven, each day, by the clocks of UTC. */
export function schedule(changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return { timeZone: 'UTC', slotMinutes: 30, weekly: daily('09:00-11:00'), exceptions: [], ...changes };
}

export interface Put {
  record: JsonRecord;
  etag: string;
  reply: Reply;
}

export async function putSchedule(
  api: Client,
  doctorId: string,
  changes: Readonly<Record<string, unknown>> = {},
): Promise<Put> {
  return expectSchedule(await api.put(schedulePath(doctorId), schedule(changes)), 200, 201);
}

/** A schedule as an answer. */
export function expectSchedule(reply: Reply, ...statuses: number[]): Put {
  expectStatus(reply, ...(statuses.length > 0 ? statuses : [200]));
  const { body } = reply;
  expect(isRecord(body) && Array.isArray(body.weekly), 'a schedule in the body', reply);
  return { record: body, etag: expectEntityTag(reply), reply };
}

/** A patient, and a doctor with a schedule. */
export async function openPractice(
  api: Client,
  changes: Readonly<Record<string, unknown>> = {},
): Promise<Pair> {
  const pair = await openPair(api);
  await putSchedule(api, pair.doctorId, changes);
  return pair;
}

/** RFC 3339 in UTC. */
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

/** Slots as an answer. */
export function expectSlots(reply: Reply): Slot[] {
  expectStatus(reply, 200);
  const { body } = reply;
  const items = isRecord(body) ? body.items : undefined;
  const sound = Array.isArray(items) && items.every((item) => isRecord(item) && isSlot(item));
  expect(sound, '{ items: [{ startsAt, endsAt }, …] } in the body, instants in UTC with a Z', reply);
  return (items as Slot[]).map(({ startsAt, endsAt }) => ({
    startsAt: plain(startsAt),
    endsAt: plain(endsAt),
  }));
}

const isSlot = ({ startsAt, endsAt }: JsonRecord) =>
  [startsAt, endsAt].every((one) => typeof one === 'string' && INSTANT.test(one));

/** An instant in the one way of writing it that compares as text. */
const plain = (instant: string) => new Date(instant).toISOString();

export async function slotsOf(api: Client, doctorId: string, from: string, to = from): Promise<Slot[]> {
  return expectSlots(await api.get(slotsPath(doctorId, from, to)));
}

/** Exactly these slots, told by their beginnings; each is as long as it should be. */
export function expectBeginnings(
  exchange: Exchange,
  slots: readonly Slot[],
  wanted: readonly string[],
  minutes = 30,
): void {
  const told = slots.map(({ startsAt }) => startsAt);
  const texts = wanted.map(plain);
  expect(
    told.join() === texts.join(),
    `${texts.length} slots, which begin at ${texts.join(', ') || 'no time at all'}`,
    exchange,
  );
  const lengths = slots.map(({ startsAt, endsAt }) => Date.parse(endsAt) - Date.parse(startsAt));
  expect(
    lengths.every((length) => length === minutes * 60_000),
    `slots of ${minutes} minutes`,
    exchange,
  );
}

export async function expectFree(
  api: Client,
  {
    doctorId,
    from,
    to = from,
    minutes = 30,
  }: { doctorId: string; from: string; to?: string; minutes?: number },
  wanted: readonly string[],
): Promise<void> {
  const reply = await api.get(slotsPath(doctorId, from, to));
  expectBeginnings(reply, expectSlots(reply), wanted, minutes);
}

/** An instant of a date by the clocks of UTC: `09:30`. */
export const on = (date: string, time: string): string =>
  time === '24:00' ? on(dayAfter(date), '00:00') : new Date(`${date}T${time}:00Z`).toISOString();

/** So many half hours from an instant on, one after the other. */
export function every(from: string, count: number, minutes = 30): string[] {
  const start = Date.parse(from);
  return Array.from({ length: count }, (_, n) => new Date(start + n * minutes * 60_000).toISOString());
}

export interface People {
  patientId: string;
  doctorId: string;
}

/** What a booking says: half an hour, or so many minutes, from an instant on. */
export function bookingAt(
  { patientId, doctorId }: People,
  startsAt: string,
  minutes = 30,
): Record<string, unknown> {
  const endsAt = new Date(Date.parse(startsAt) + minutes * 60_000).toISOString();
  return { patientId, doctorId, startsAt, endsAt };
}

export const bookAt = (api: Client, people: People, startsAt: string, minutes = 30): Promise<Reply> =>
  api.post(APPOINTMENTS, bookingAt(people, startsAt, minutes));

export const bookCall = (people: People, startsAt: string, headers: Record<string, string> = {}): Call => ({
  ...{ method: 'POST', path: APPOINTMENTS, headers },
  body: bookingAt(people, startsAt),
});

/** Refused because it is no free slot. */
export function expectNoSlot(reply: Reply): void {
  expectProblem(reply, 409);
}

/** A refusal that names each of these places; where two names are as good, a pattern tells both. */
export function expectNamed(reply: Reply, places: readonly RegExp[]): void {
  const { errors } = expectProblem(reply, 422);
  const told = Array.isArray(errors) ? errors.filter(isRecord).map(({ path }) => String(path)) : [];
  for (const place of places)
    expect(
      told.some((path) => place.test(path)),
      `errors: [{ path, message }, …] with a path like ${place.source.replaceAll('\\/', '/')}`,
      reply,
    );
}
