// A reader has read the old record and is about to put it into the cache. Right then somebody changes the record, and
// is told that it is done. What do the next readers see?
import { createMemoryCache, USUAL_TIMES } from '../src/cache/index.ts';
import type { Patient } from '../src/domain/index.ts';
import { type ClinicStorage, withPatientCache } from '../src/repository/index.ts';
import { openClinic, registerPatient, withNaiveCache, withPause } from './clinics.ts';

const ROUNDS = 20;
const ttlMs = 60_000;

const withNaive = (storage: ClinicStorage) => withNaiveCache(storage, { ttlMs });

/** This stage's own, over the cache that serves where there is no Redis. */
const withLeases = (storage: ClinicStorage) => {
  const cache = createMemoryCache({ ...USUAL_TIMES, ttlMs, size: 1_000, othersCommits: () => 0 });
  return withPatientCache(storage, { cache });
};

/** Rounds after which a reader is shown what was true before the write. */
async function countStale(withCache: (storage: ClinicStorage) => ClinicStorage): Promise<number> {
  await using stored = await openClinic();
  let stale = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const patient = await registerPatient(stored);
    const [hasRead, mayGoOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const held = withPause(stored, () => {
      hasRead.resolve();
      return mayGoOn.promise;
    });
    const storage = withCache(held);

    const reader = storage.patients.find(patient.id);
    await hasRead.promise; // It has the old record in its hand.
    const married: Patient = { ...patient, lastName: 'Okafor-Lindqvist', version: 2 };
    await storage.transaction((tx) => tx.patients.update(married)); // Somebody is told that it is done.
    mayGoOn.resolve();
    await reader;

    const next = await storage.patients.find(patient.id);
    if (next?.version !== married.version) stale++;
  }
  return stale;
}

console.log(`${`${ROUNDS} rounds: a reader, and a write`.padEnd(36)}stale afterwards`);
for (const [name, withCache] of [
  ['look, read, put', withNaive],
  ['look and lease, read, put if leased', withLeases],
] as const) {
  const stale = await countStale(withCache);
  console.log(`${name.padEnd(36)}${String(stale).padStart(16)}`);
  if (withCache === withLeases && stale > 0) process.exitCode = 1;
}
