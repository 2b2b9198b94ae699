// The schedule service has frozen: it takes calls, and answers none. An API serves 10 requests at a time, as the
// connections of its pool allow. Every second request wants slots, the others want patients, who are at hand.
import { setTimeout as sleep } from 'node:timers/promises';
import type { ScheduleService } from '../src/service/index.ts';
import { openGrpcServer, openScheduleClient } from '../src/transport/grpc/index.ts';

const REQUESTS = 100;
const AT_ONCE = 10;
const PATIENCE_MS = 4_000;

const never = () => new Promise<never>(() => {});
const frozen: ScheduleService = {
  getSchedule: never,
  putSchedule: never,
  availableSlots: never,
  bookSlot: never,
  watchDay: () => ({ [Symbol.asyncIterator]: () => ({ next: never }) }),
};

interface Counts {
  slots: number;
  patients: number;
}

/** Answers how many of each kind were answered, with whatever, while there was patience. */
async function serveRequests(client: Pick<ScheduleService, 'availableSlots'>): Promise<Counts> {
  const answered: Counts = { slots: 0, patients: 0 };
  let next = 0;
  const worker = async () => {
    while (next < REQUESTS) {
      if (next++ % 2 === 1) {
        await sleep(5); // A look at the database.
        answered.patients += 1;
      } else {
        const asked = client.availableSlots({ doctorId: '', from: '2027-03-01', to: '2027-03-01' });
        await asked.catch(() => {}); // 503, and the next request has its turn.
        answered.slots += 1;
      }
    }
  };
  await Promise.race([sleep(PATIENCE_MS), Promise.all(Array.from({ length: AT_ONCE }, worker))]);
  return answered;
}

const port = { host: '127.0.0.1', port: 0 };
const server = await openGrpcServer({ ...port, service: frozen, onError: () => {}, shutdownMs: 0 });
console.log(`${`${REQUESTS} requests, ${AT_ONCE} at a time`.padEnd(28)}slots answered  patients answered`);
for (const deadlineMs of [Number.POSITIVE_INFINITY, 200]) {
  const client = openScheduleClient({ address: server.address, deadlineMs });
  const begun = performance.now();
  const { slots, patients } = await serveRequests(client);
  const seconds = ((performance.now() - begun) / 1_000).toFixed(1);
  client.close();
  const hasDeadline = Number.isFinite(deadlineMs);
  const name = hasDeadline ? `${deadlineMs} ms for each call` : 'no deadline';
  console.log(`${name.padEnd(28)}${String(slots).padStart(14)}${String(patients).padStart(19)}`);
  console.log(`  ${slots + patients < REQUESTS ? 'given up' : 'all answered'} after ${seconds} s`);
  if (hasDeadline && patients < REQUESTS / 2) process.exitCode = 1;
}
await server.close();
process.exit();
