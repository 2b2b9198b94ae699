import { randomUUID } from 'node:crypto';
import type { ClinicStorage, ClinicTransaction } from '@medcenter/stage-03-postgres/repository';
import type { CacheResult, LeaseCache } from '../cache/index.ts';
import { createDebts } from './debts.ts';
import { patientKey } from './patient-copy.ts';
import { createPatientFinder } from './patient-finder.ts';

export interface PatientCacheOptions {
  readonly cache: LeaseCache;
  /** Told of each patient that is looked up, in the course of the call that looks. */
  onLook?(result: CacheResult): void;
}

/**
 * The storage, with copies of patients in front of it. It wraps the storage and not the repository, because only here
 * is known when a transaction is committed.
 *
 * Patients that there are not leave nothing in the cache. Ids are too many to guess, so nobody asks for the same wrong
 * one twice, but for somebody who wants to fill the cache; and to insert a patient needs nothing to be taken away.
 *
 * A write that the cache could not be told of is told as soon as it can. Until then this process asks the database;
 * another one may still find the old copy, for `cache.longestLifeMs` at the most.
 */
export function withPatientCache(
  storage: ClinicStorage,
  { cache, onLook = () => {} }: PatientCacheOptions,
): ClinicStorage {
  const debts = createDebts({
    async pay(id, holders) {
      for (const holder of holders) await cache.release(patientKey(id), holder);
    },
    forgetAfterMs: cache.longestLifeMs,
  });
  const finder = createPatientFinder({
    cache,
    read: storage.patients.find,
    isOwed: debts.has,
    onLook,
    onSilence: debts.add,
  });
  return {
    ...storage,
    patients: { ...storage.patients, find: finder.find },
    async transaction(work) {
      const holder = randomUUID();
      const held = new Set<string>();
      const hold = async (id: string) => {
        held.add(id);
        await cache.hold(patientKey(id), holder).catch(() => {}); // The release is tried until it is done.
      };
      try {
        return await storage.transaction((tx) => work(holding(tx, hold)));
      } finally {
        // Also after an error: a connection that broke at COMMIT leaves open whether it was committed.
        await Promise.all(
          [...held].map((id) => cache.release(patientKey(id), holder).catch(() => debts.add(id, holder))),
        );
      }
    },
    async close() {
      await finder.settled();
      await debts.close();
      await storage.close();
    },
  };
}

/**
 * Before a change is committed, the copy is taken away, if the cache can be told: so none outlives the change, even if
 * this process does not.
 */
function holding(tx: ClinicTransaction, hold: (id: string) => Promise<void>): ClinicTransaction {
  return {
    ...tx,
    patients: {
      ...tx.patients,
      async update(patient) {
        await Promise.all([hold(patient.id), tx.patients.update(patient)]);
      },
      async delete(id) {
        await Promise.all([hold(id), tx.patients.delete(id)]);
      },
    },
  };
}
