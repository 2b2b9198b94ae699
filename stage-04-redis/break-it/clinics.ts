import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { v7 as uuidv7 } from 'uuid';
import { createPatient, type Patient } from '../src/domain/index.ts';
import { type ClinicStorage, createSqlStorage, migrations, openDatabase } from '../src/repository/index.ts';
import { createSystemClock } from '../src/service/index.ts';

/** This stage's tables in a SQLite file of the experiment's own. It is gone afterwards. */
export async function openClinic(): Promise<ClinicStorage & AsyncDisposable> {
  const folder = mkdtempSync(join(tmpdir(), 'break-it-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  const database = await openDatabase({ url: undefined, file: join(folder, 'medcenter.db') }, migrations);
  const storage = createSqlStorage(database);
  return { ...storage, [Symbol.asyncDispose]: () => storage.close() };
}

export async function registerPatient(storage: ClinicStorage): Promise<Patient> {
  const input = { lastName: 'Okafor', firstName: 'Adaeze', birthDate: '1990-05-14', sex: 'female' } as const;
  const patient = createPatient(input, { id: uuidv7(), clock: createSystemClock() });
  await storage.transaction((tx) => tx.patients.insert(patient));
  return patient;
}

/** The same storage, and something happens between the answer of the database and the program that asked. */
export function withPause(storage: ClinicStorage, pause: () => Promise<void>): ClinicStorage {
  return {
    ...storage,
    patients: {
      ...storage.patients,
      async find(id) {
        const found = await storage.patients.find(id);
        await pause();
        return found;
      },
    },
  };
}

/**
 * A cache as one is tempted to write it: look, and if there is nothing, read and put it there. A write takes the copy
 * away after its commit.
 */
export function withNaiveCache(storage: ClinicStorage, { ttlMs }: { ttlMs: number }): ClinicStorage {
  const copies = new Map<string, Patient>();
  return {
    ...storage,
    patients: {
      ...storage.patients,
      async find(id) {
        const copy = copies.get(id);
        if (copy) return copy;
        const found = await storage.patients.find(id);
        if (found) {
          copies.set(id, found);
          void sleep(ttlMs, undefined, { ref: false }).then(() => copies.delete(id));
        }
        return found;
      },
    },
    async transaction(work) {
      const written = new Set<string>();
      const result = await storage.transaction((tx) =>
        work({
          ...tx,
          patients: {
            ...tx.patients,
            async update(patient) {
              await tx.patients.update(patient);
              written.add(patient.id);
            },
          },
        }),
      );
      for (const id of written) copies.delete(id);
      return result;
    },
  };
}
