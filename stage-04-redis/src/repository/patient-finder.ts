import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CacheResult, LeaseCache } from '../cache/index.ts';
import { isUuid, type Patient } from '../domain/index.ts';
import { patientKey, readCopy } from './patient-copy.ts';

type Found = Patient | undefined;

export interface PatientFinderOptions {
  readonly cache: LeaseCache;
  /** Asks the database. */
  read(id: string): Promise<Found>;
  /** Whether the copy of this patient may be old, and the cache could not be told. */
  isOwed(id: string): boolean;
  onLook(result: CacheResult): void;
  /** The cache did not answer: it may have given out this lease, to nobody. */
  onSilence(id: string, lease: string): void;
}

export interface PatientFinder {
  find(id: string): Promise<Found>;
  /** Waits for the copies that are on their way. */
  settled(): Promise<void>;
}

/** How often, and for how long, a reader looks again while another process fetches the record. */
const LOOK_AGAIN_MS = 10;
const WAIT_MS = 300;
/** So long those who will read the same wait for each other. */
const GATHER_MS = 10;

/** Finds a patient's copy, or the patient, and then makes the copy. */
export function createPatientFinder({
  cache,
  read,
  isOwed,
  onLook,
  onSilence,
}: PatientFinderOptions): PatientFinder {
  const { fetchAndFill, waitForFetch, fetched } = createFetching(cache, read);
  const { readTogether, allRead } = createSharedReads(read);

  const answer = (result: CacheResult, found: Found | Promise<Found>) => {
    onLook(result);
    return found;
  };
  return {
    async find(id) {
      if (!isUuid(id)) return answer('miss', undefined);
      if (isOwed(id)) return answer('bypass', read(id));
      const lease = randomUUID();
      for (const latest = performance.now() + WAIT_MS; ; ) {
        const look = await cache.look(patientKey(id), lease).catch(() => undefined);
        if (!look) {
          onSilence(id, lease);
          return answer('bypass', read(id));
        }
        if (look.found === 'nothing') return answer('miss', fetchAndFill(id, lease));
        if (look.found === 'hold') return answer('miss', readTogether(id));
        if (look.found === 'value') {
          const patient = readCopy(look.value, id);
          if (patient) return answer('hit', patient);
          // It is no copy of them: it is taken away, and looked again.
          if (!(await isDone(cache.release(patientKey(id), '')))) return answer('bypass', read(id));
        } else if (!(await waitForFetch(id, latest))) return answer('miss', readTogether(id));
      }
    },
    async settled() {
      await Promise.allSettled([...fetched(), ...allRead()]);
    },
  };
}

/** Those in this process who fetch a record by a lease. */
function createFetching(cache: LeaseCache, read: PatientFinderOptions['read']) {
  const fetching = new Map<string, Promise<boolean>>();

  function fetchAndFill(id: string, lease: string): Promise<Found> {
    const found = read(id);
    const land = async () => {
      const patient = await found.catch(() => undefined);
      await isDone(cache.fill(patientKey(id), lease, patient && JSON.stringify(patient)));
      if (fetching.get(id) === landing) fetching.delete(id);
      return patient !== undefined;
    };
    const landing = land();
    fetching.set(id, landing);
    return found; // Who asked does not wait for the copy to be made.
  }

  /**
   * Waits for whoever fetches it, here or in another process; says whether to look again. What they bring may be older
   * than this call, so it is looked for in the cache, where an old one does not land.
   */
  async function waitForFetch(id: string, latest: number): Promise<boolean> {
    const here = fetching.get(id);
    if (here) return here;
    await sleep(LOOK_AGAIN_MS);
    return performance.now() < latest;
  }

  return { fetchAndFill, waitForFetch, fetched: () => fetching.values() };
}

/** Those who come before a read begins share it: what it brings is as new as what each would have read. */
function createSharedReads(read: PatientFinderOptions['read']) {
  const upcoming = new Map<string, Promise<Found>>();

  function readTogether(id: string): Promise<Found> {
    const known = upcoming.get(id);
    if (known) return known;
    const shared = sleep(GATHER_MS).then(() => {
      upcoming.delete(id);
      return read(id);
    });
    upcoming.set(id, shared);
    return shared;
  }

  return { readTogether, allRead: () => upcoming.values() };
}

function isDone(work: Promise<void>): Promise<boolean> {
  return work.then(
    () => true,
    () => false,
  );
}
