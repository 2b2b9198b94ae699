// Displays are switched on while people book. Each wants the day as it is, and then what happens: a snapshot and a
// subscription, one after the other. What is booked between the two?
import { EventEmitter } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Appointment } from '../src/domain/index.ts';
import { type Clinic, DATE, openClinic, slotBegin } from './clinic.ts';

const BOOKINGS = 100;
const DISPLAYS = 20;
const DESKS = 4;

/** Tells a display of appointments until the signal aborts. */
type Follow = (
  clinic: Clinic,
  news: EventEmitter,
  tell: (id: string) => void,
  signal: AbortSignal,
) => Promise<void>;

async function tellSnapshot({ storage, doctorId }: Clinic, tell: (id: string) => void): Promise<void> {
  const items = await storage.appointments.list({ doctorId });
  await sleep(30); // They go over the network.
  for (const { id } of items) tell(id);
}

const snapshotFirst: Follow = async (clinic, news, tell) => {
  await tellSnapshot(clinic, tell);
  news.on('booked', tell);
};

const subscribeFirst: Follow = async (clinic, news, tell) => {
  news.on('booked', tell);
  await tellSnapshot(clinic, tell);
};

/** This stage's own. */
const byPositions: Follow = async ({ service, doctorId }, _news, tell, signal) => {
  try {
    for await (const event of service.watchDay({ doctorId, date: DATE, watch: true }, { signal })) {
      if (event.kind === 'appointment') tell(event.appointment.id);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
};

async function bookAll({ service, doctorId, patientId }: Clinic, news: EventEmitter): Promise<void> {
  let next = 0;
  const desk = async () => {
    while (next < BOOKINGS) {
      const booking = { doctorId, patientId, startsAt: slotBegin(next++) };
      const { id }: Appointment = await service.bookSlot(booking);
      setTimeout(() => news.emit('booked', id), Math.random() * 15); // As messages travel.
      await sleep(10 + Math.random() * 30); // The next patient.
    }
  };
  await Promise.all(Array.from({ length: DESKS }, desk));
}

console.log(`${`${DISPLAYS} displays, ${BOOKINGS} bookings`.padEnd(30)}lost  told twice`);
for (const [name, follow] of [
  ['snapshot, then subscribe', snapshotFirst],
  ['subscribe, then snapshot', subscribeFirst],
  ['by positions', byPositions],
] as const) {
  await using clinic = await openClinic();
  const news = new EventEmitter().setMaxListeners(DISPLAYS);
  const leaving = new AbortController();
  const told = Array.from({ length: DISPLAYS }, (): string[] => []);
  const displays = told.map(async (ids, index) => {
    await sleep(index * 40);
    await follow(clinic, news, (id) => void ids.push(id), leaving.signal);
  });
  await bookAll(clinic, news);
  const isBehind = () => told.some((ids) => new Set(ids).size < BOOKINGS);
  const patience = follow === byPositions ? 500 : 25; // Of the others nothing more will come.
  for (let tries = 0; tries < patience && isBehind(); tries++) await sleep(20);
  leaving.abort();
  await Promise.all(displays);
  const lost = told.reduce((sum, ids) => sum + BOOKINGS - new Set(ids).size, 0);
  const twice = told.reduce((sum, ids) => sum + ids.length - new Set(ids).size, 0);
  console.log(`${name.padEnd(30)}${String(lost).padStart(4)}${String(twice).padStart(12)}`);
  if (follow === byPositions && lost + twice > 0) process.exitCode = 1;
}
