// A booking is written into the database, and told of in the log: two writes. What if something happens in between?
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { unavailable } from '../src/domain/index.ts';
import type { EventLog } from '../src/events/event-log.ts';
import { book, type Clinic, newFolder, openClinic, registerPeople, tellAll, toldOf } from './clinics.ts';
import { telling, WAYS, type Way } from './ways-to-tell.ts';

const KILLS = 3;
const BOOKINGS = 30;

/** Runs programs that book, and die (kill -9) at a bad moment, one after another. */
async function killed(way: Way): Promise<string> {
  const folder = newFolder();
  await using clinic = await openClinic(folder);
  const people = await registerPeople(clinic.storage);
  for (let kill = 0; kill < KILLS; kill++) {
    const [first, last] = [(kill * BOOKINGS) / KILLS, ((kill + 1) * BOOKINGS) / KILLS - 1];
    const args = [way, folder, JSON.stringify(people), String(first), String(last)];
    const child = spawn(process.execPath, [join(import.meta.dirname, 'booker.ts'), ...args], {
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    await once(child, 'exit');
  }
  return await result(way, clinic);
}

/** Books while the log is away for a third of the time. Who has booked is told "booked" all the same, as it is true. */
async function away(way: Way): Promise<string> {
  await using clinic = await openClinic();
  const people = await registerPeople(clinic.storage);
  let isAway = false;
  const log: Pick<EventLog, 'publish'> = {
    publish: (messages) => (isAway ? Promise.reject(unavailable('away')) : clinic.log.publish(messages)),
  };
  const storage = telling(clinic.storage, { way, log, between: () => {} });
  for (let number = 0; number < BOOKINGS; number++) {
    isAway = number >= 10 && number < 20;
    await book(storage, people, number).catch(() => {});
  }
  return await result(way, clinic);
}

async function result(way: Way, { storage, log }: Clinic): Promise<string> {
  await tellAll(storage, log);
  const booked = new Set((await storage.appointments.list({})).map(({ id }) => id));
  const told = await toldOf(log);
  const lost = [...booked].filter((id) => !told.has(id)).length;
  const invented = [...told].filter((id) => !booked.has(id)).length;
  if (way === 'outbox' && lost + invented + Math.abs(booked.size - BOOKINGS) > 0) process.exitCode = 1;
  const figures = [booked.size, told.size, lost, invented].map((count) => String(count).padStart(10));
  return `  ${way.padEnd(22)}${figures.join('')}`;
}

for (const [name, happens] of [
  [`${BOOKINGS} bookings, killed ${KILLS} times`, killed],
  [`${BOOKINGS} bookings, no log for 10`, away],
] as const) {
  console.log(`${name.padEnd(28)}booked     told      lost  invented`);
  for (const way of WAYS) console.log(await happens(way));
}
