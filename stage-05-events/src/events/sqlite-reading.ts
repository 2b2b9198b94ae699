import { randomUUID } from 'node:crypto';
import type { Clock } from '../domain/index.ts';
import { type SqlDatabase, sqlLeases } from '../repository/index.ts';
import type { ReadOptions, ReceivedMessage } from './event-log.ts';
import { startWorker, type Worker } from './repeat-until-stopped.ts';
import { sqlMessages, sqlOffsets } from './sqlite-tables.ts';

const LOOK_MS = 100;
const BATCH = 100;
const LEASE_MS = 10_000;

export interface SqliteReadingOptions extends ReadOptions {
  readonly database: SqlDatabase;
  readonly clock: Clock;
}

/** Reads for a group, as long as no other process does. */
export function startSqliteReading(options: SqliteReadingOptions): Worker {
  const { database, clock, group, topics, handle, onTrouble } = options;
  const lease = { name: group, holder: randomUUID() };
  const take = () =>
    database.transaction((sql) => sqlLeases(sql).take({ ...lease, now: clock.now(), forMs: LEASE_MS }));
  const waitingIn = async (topic: string): Promise<ReceivedMessage[]> => {
    const from = await sqlOffsets(database).next(group, topic);
    return sqlMessages(database).list(topic, { from, limit: BATCH });
  };
  const readTopic = async (topic: string, signal: AbortSignal): Promise<boolean> => {
    // Mostly there is nothing to read: then nothing is written.
    if ((await waitingIn(topic)).length === 0 || !(await take())) return false;
    await whileHeld(take, async () => {
      for (const message of await waitingIn(topic)) {
        await handle(message, signal);
        await database.transaction((sql) =>
          sqlOffsets(sql).advance(group, topic, Number(message.offset) + 1),
        );
        signal.throwIfAborted();
      }
    });
    return true;
  };
  const worker = startWorker({
    everyMs: LOOK_MS,
    onTrouble,
    async work(signal) {
      let isMore = false;
      for (const topic of topics) isMore = (await readTopic(topic, signal)) || isMore;
      return isMore;
    },
  });
  return {
    wake: worker.wake,
    async [Symbol.asyncDispose]() {
      await worker[Symbol.asyncDispose]();
      await database.transaction((sql) => sqlLeases(sql).giveBack(lease)).catch(() => {});
    },
  };
}

/** The work may take longer than the lease: it is taken again meanwhile. */
async function whileHeld(take: () => Promise<boolean>, work: () => Promise<void>): Promise<void> {
  const renewing = setInterval(() => void take().catch(() => {}), LEASE_MS / 3);
  try {
    await work();
  } finally {
    clearInterval(renewing);
  }
}
