// Two servers before one database. A hundred readers of each want the same patient in the moment in which the copy is
// too old. How often is the database asked?
import { setTimeout as sleep } from 'node:timers/promises';
import { createMemoryCache, USUAL_TIMES } from '../src/cache/index.ts';
import { type ClinicStorage, withPatientCache } from '../src/repository/index.ts';
import { openClinic, registerPatient, withNaiveCache, withPause } from './clinics.ts';

const SERVERS = 2;
const READERS = 100;
const ttlMs = 200;

type OpenServers = (storage: ClinicStorage) => ClinicStorage[];

/** Each with copies of its own. */
const naive: OpenServers = (storage) =>
  Array.from({ length: SERVERS }, () => withNaiveCache(storage, { ttlMs }));

/** This stage, with one cache for both: here in this process, where it stands for Redis. */
const leasing: OpenServers = (storage) => {
  const cache = createMemoryCache({ ...USUAL_TIMES, ttlMs, size: 1_000, othersCommits: () => 0 });
  return Array.from({ length: SERVERS }, () => withPatientCache(storage, { cache }));
};

async function countReads(open: OpenServers): Promise<number> {
  await using stored = await openClinic();
  const { id } = await registerPatient(stored);
  let reads = 0;
  const servers = open(
    withPause(stored, async () => {
      reads++;
      await sleep(20); // The way to a database and back.
    }),
  );
  for (const server of servers) await server.patients.find(id);
  await sleep(ttlMs + 100); // Nobody asks, and the copies expire.
  reads = 0;
  const readers = servers.flatMap((server) =>
    Array.from({ length: READERS }, () => server.patients.find(id)),
  );
  const answers = await Promise.all(readers);
  if (answers.some((patient) => patient?.id !== id)) throw new Error('somebody was shown nothing');
  return reads;
}

console.log(`${`${SERVERS} servers, ${READERS} readers each`.padEnd(30)}SQL reads`);
for (const [name, open] of [
  ['each reads for itself', naive],
  ['who has the lease reads', leasing],
] as const) {
  const reads = await countReads(open);
  console.log(`${name.padEnd(30)}${String(reads).padStart(9)}`);
  if (open === leasing && reads > SERVERS) process.exitCode = 1;
}
