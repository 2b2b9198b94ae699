// Three hundred people read at once, and each of them waits until the line about them is on the disk. What does it
// cost, when each line has a transaction of its own, and when those who come together share one?
import { v7 as uuidv7 } from 'uuid';
import type { Actor, AuditEvent } from '../src/domain/index.ts';
import { type ClinicStorage, createAuditLog, sqlAudit } from '../src/repository/index.ts';
import { createSystemClock } from '../src/service/index.ts';
import { openClinic } from './clinics.ts';

const READERS = 300;

type Append = (actor: Actor, events: readonly AuditEvent[]) => Promise<void>;

const depsOver = (storage: ClinicStorage) => ({ storage, newId: uuidv7, clock: createSystemClock() });

const eachAlone = (storage: ClinicStorage): Append => {
  const { entriesOf } = createAuditLog(depsOver(storage));
  return (actor, events) => storage.transaction((tx) => sqlAudit(tx.sql).insert(entriesOf(actor, events)));
};

/** This stage's own. */
const together = (storage: ClinicStorage): Append => createAuditLog(depsOver(storage)).append;

console.log(`${`${READERS} readers`.padEnd(24)}lines   commits   milliseconds`);
for (const [name, open] of [
  ['each line for itself', eachAlone],
  ['who comes meanwhile', together],
] as const) {
  await using stored = await openClinic();
  let commits = 0;
  const counted: ClinicStorage = {
    ...stored,
    transaction: (work) => {
      commits++;
      return stored.transaction(work);
    },
  };
  const append = open(counted);
  const event: AuditEvent = { action: 'read', resource: 'Patient', outcome: 'success' };
  const readers = Array.from({ length: READERS }, (_, index) => ({
    username: 'desk',
    requestId: `${index}`,
  }));
  const begun = performance.now();
  await Promise.all(readers.map((reader) => append(reader, [event])));
  const milliseconds = Math.round(performance.now() - begun);
  const lines = (await sqlAudit(stored.sql).list({ limit: READERS + 1 })).length;
  console.log(
    `${name.padEnd(24)}${String(lines).padStart(5)}${String(commits).padStart(10)}${String(milliseconds).padStart(15)}`,
  );
  if (lines !== READERS) process.exitCode = 1;
}
