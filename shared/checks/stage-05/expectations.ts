import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, Reply } from '../client.ts';
import { expect } from '../harness.ts';
import { expectStatus, isRecord, type JsonRecord, query } from '../stage-02/expectations.ts';
import { STATISTICS } from './check.ts';

export * from '../stage-04/expectations.ts';

/** Figures follow the bookings by a moment; a slow machine takes its time. */
export const MOMENT = 15_000;
/** Whoever was killed held what another one must wait for: a lease, or a place in a group. */
export const AFTER_A_CRASH = 30_000;
/** A second count of the same would come in this time. */
const REST = 700;

export interface Day {
  date: string;
  doctorId: string;
  booked: number;
  cancelled: number;
}

const isCount = (value: unknown) => Number.isInteger(value) && Number(value) >= 0;

const isDay = ({ date, doctorId, booked, cancelled }: JsonRecord) =>
  typeof date === 'string' &&
  /^\d{4}-\d\d-\d\d$/.test(date) &&
  typeof doctorId === 'string' &&
  [booked, cancelled].every(isCount);

/** The figures as an answer. */
export function expectStatistics(reply: Reply): Day[] {
  expectStatus(reply, 200);
  const { body } = reply;
  const items = isRecord(body) ? body.items : undefined;
  const sound = Array.isArray(items) && items.every((item) => isRecord(item) && isDay(item));
  expect(sound, '{ items: [{ date, doctorId, booked, cancelled }, …] } in the body', reply);
  const days = items as unknown as Day[];
  const places = new Set(days.map(({ date, doctorId }) => `${date} ${doctorId}`));
  expect(places.size === days.length, 'one item for a date and a doctor', reply);
  return days;
}

export async function statisticsOf(
  api: Client,
  filter: Readonly<Record<string, string>>,
): Promise<{ days: Day[]; reply: Reply }> {
  const reply = await api.get(STATISTICS + query(filter));
  return { days: expectStatistics(reply), reply };
}

/** By date: how many were booked, and how many of these were cancelled later. */
export type Figures = Readonly<Record<string, readonly [booked: number, cancelled: number]>>;

/** A date without any bookings may be told with zeros, or not at all. */
function figuresOf(days: readonly Day[]): Figures {
  const told = days.filter(({ booked, cancelled }) => booked > 0 || cancelled > 0);
  const sorted = told.toSorted((one, other) => (one.date < other.date ? -1 : 1));
  return Object.fromEntries(sorted.map(({ date, booked, cancelled }) => [date, [booked, cancelled]]));
}

const sorted = (figures: Figures): Figures =>
  Object.fromEntries(Object.entries(figures).toSorted(([one], [other]) => (one < other ? -1 : 1)));

/** The figures of this doctor become these, and stay. */
export async function expectFigures(
  api: Client,
  doctorId: string,
  figures: Figures,
  { within = MOMENT }: { within?: number } = {},
): Promise<void> {
  const wanted = JSON.stringify(sorted(figures));
  const deadline = performance.now() + within;
  for (;;) {
    const { days } = await statisticsOf(api, { doctorId });
    if (JSON.stringify(figuresOf(days)) === wanted || performance.now() > deadline) break;
    await sleep(100);
  }
  await expectFiguresStay(api, doctorId, figures, `within ${within / 1000} s`);
}

/** The figures of this doctor are these, now and a moment later. */
export async function expectFiguresStay(
  api: Client,
  doctorId: string,
  figures: Figures,
  when = 'as before',
): Promise<void> {
  for (const rest of [0, REST]) {
    await sleep(rest);
    const { days, reply } = await statisticsOf(api, { doctorId });
    const same = JSON.stringify(figuresOf(days)) === JSON.stringify(sorted(figures));
    expect(same, `${when}, as { date: [booked, cancelled] }: ${JSON.stringify(sorted(figures))}`, reply);
  }
}

/** The calendar date of an instant, in UTC. */
export const dateOf = (instant: unknown): string => new Date(String(instant)).toISOString().slice(0, 10);
