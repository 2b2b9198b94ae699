// PostgreSQL numbers the rows when they are inserted, and shows them when they are committed: a later number may be
// seen sooner. What does a relay miss that goes on behind the last number it has seen?
//
// SQLite lets one write at a time, so there it cannot happen by itself. Here the numbers are given out as PostgreSQL
// does it, before the transaction, and the transactions end in any order.
import { setTimeout as sleep } from 'node:timers/promises';
import type { OutboxRow } from '../src/repository/index.ts';
import { type ClinicStorage, sqlOutbox } from '../src/repository/index.ts';
import { openClinic } from './clinics.ts';

const EVENTS = 400;
const WRITERS = 8;

/** Tells some of what there is, and answers how many they were. */
type Tell = (told: OutboxRow[]) => Promise<number>;

const behindTheLast = (storage: ClinicStorage): Tell => {
  let last = 0;
  return async (told) => {
    const rows = await storage.sql.query<OutboxRow>(
      'SELECT position, topic, key, value FROM outbox WHERE position > $1 ORDER BY position LIMIT 100',
      last,
    );
    told.push(...rows);
    last = rows.at(-1)?.position ?? last;
    return rows.length;
  };
};

/** As the relay of this stage does it. */
const whateverIsThere = (storage: ClinicStorage): Tell => {
  return async (told) => {
    const rows = await sqlOutbox(storage.sql).list(100);
    told.push(...rows);
    await storage.transaction((tx) => sqlOutbox(tx.sql).remove(rows.map(({ position }) => position)));
    return rows.length;
  };
};

async function writeAll(storage: ClinicStorage): Promise<void> {
  let sequence = 0;
  const write = async () => {
    while (sequence < EVENTS) {
      const position = ++sequence; // Of PostgreSQL: nextval().
      await sleep(Math.random() * 4); // The rest of the transaction.
      await storage.transaction((tx) =>
        tx.sql.query(
          "INSERT INTO outbox (position, topic, key, value, created_at) VALUES ($1, 'topic', 'key', '{}', '')",
          position,
        ),
      );
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, write));
}

console.log(`${`${EVENTS} events, ${WRITERS} writers`.padEnd(26)}told  missed`);
for (const [name, relay] of [
  ['behind the last number', behindTheLast],
  ['whatever is there', whateverIsThere],
] as const) {
  await using clinic = await openClinic();
  const tell = relay(clinic.storage);
  const told: OutboxRow[] = [];
  let isWriting = true;
  const writing = writeAll(clinic.storage).finally(() => {
    isWriting = false;
  });
  while (isWriting || (await tell(told)) > 0) {
    await tell(told);
    await sleep(1);
  }
  await writing;
  const count = new Set(told.map(({ position }) => position)).size;
  console.log(`${name.padEnd(26)}${String(count).padStart(4)}${String(EVENTS - count).padStart(8)}`);
  if (relay === whateverIsThere && count < EVENTS) process.exitCode = 1;
}
