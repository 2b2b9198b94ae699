import { randomUUID } from 'node:crypto';
import type { Clock } from '../domain/index.ts';
import { type ClinicStorage, type OutboxRow, sqlLeases, sqlOutbox } from '../repository/index.ts';
import type { EventLog } from './event-log.ts';
import { startWorker, type Worker } from './repeat-until-stopped.ts';

export interface RelayDeps {
  readonly storage: ClinicStorage;
  readonly log: Pick<EventLog, 'publish'>;
  readonly clock: Clock;
  onTrouble(error: unknown): void;
  readonly batch?: number;
}

const LEASE = 'relay';
/** Longer than a batch takes. */
const LEASE_MS = 8_000;
const LOOK_MS = 500;

/**
 * Tells what stands in the outbox, the oldest first, and takes it away when it was told. It remembers no place in it:
 * a row that is committed late, behind others with a higher number, is simply the oldest one then.
 *
 * One process does it at a time, by a lease. Even two at once would keep the order, for what is told is told before it
 * is taken away; but they would tell all twice. So does a process that dies between telling and taking away. Readers
 * know by the event's id.
 */
export function startRelay({ storage, log, clock, onTrouble, batch = 100 }: RelayDeps): Worker {
  const holder = randomUUID();
  const takeBatch = (): Promise<OutboxRow[]> =>
    storage.transaction(async (tx) => {
      const lease = { name: LEASE, holder, now: clock.now(), forMs: LEASE_MS };
      return (await sqlLeases(tx.sql).take(lease)) ? sqlOutbox(tx.sql).list(batch) : [];
    });
  const work = async (): Promise<boolean> => {
    // Mostly there is nothing to tell: then nothing is written.
    if ((await sqlOutbox(storage.sql).list(1)).length === 0) return false;
    const rows = await takeBatch();
    if (rows.length === 0) return false;
    await log.publish(rows.map(({ topic, key, value }) => ({ topic, key, value })));
    await storage.transaction((tx) => sqlOutbox(tx.sql).remove(rows.map(({ position }) => position)));
    return true;
  };
  const worker = startWorker({ work, everyMs: LOOK_MS, onTrouble });
  return {
    wake: worker.wake,
    async [Symbol.asyncDispose]() {
      await worker[Symbol.asyncDispose]();
      // The next one need not wait for the end of the lease.
      await storage.transaction((tx) => sqlLeases(tx.sql).giveBack({ name: LEASE, holder })).catch(() => {});
    },
  };
}
