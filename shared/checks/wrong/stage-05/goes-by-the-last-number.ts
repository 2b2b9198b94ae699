import { setTimeout as sleep } from 'node:timers/promises';
import { startWorker } from '@medcenter/stage-05-events/events';
import type { OutboxRow, Sql } from '@medcenter/stage-05-events/repository';
import { main, type Wrong } from './base.ts';

/**
 * Remembers the number of the last event that it told. Numbers are given out at the beginning, as those of a sequence
 * are, and what is committed late has a number that is behind it already.
 */
export const wrong: Wrong = { caughtBy: 'many-at-once-are-all-counted' };

let numbers = 0;

async function newest(sql: Sql): Promise<number> {
  const [row] = await sql.query<{ position: number | null }>('SELECT max(position) AS position FROM outbox');
  return Number(row?.position ?? 0);
}

if (import.meta.main)
  await main({
    told: (told) => ({
      ...told,
      async transaction(work) {
        const number = ++numbers * 1_000;
        await sleep(Math.random() * 40);
        return told.transaction(async (tx) => {
          const before = await newest(tx.sql);
          const result = await work(tx);
          const after = await newest(tx.sql);
          if (after > before)
            await tx.sql.query('UPDATE outbox SET position = $1 WHERE position = $2', number, after);
          return result;
        });
      },
    }),
    relay({ stored, log }) {
      let last = 0;
      return startWorker({
        everyMs: 20,
        onTrouble: () => {},
        async work() {
          const rows = await stored.sql.query<OutboxRow>(
            'SELECT position, topic, key, value FROM outbox WHERE position > $1 ORDER BY position',
            last,
          );
          await log.publish(rows.map(({ topic, key, value }) => ({ topic, key, value })));
          last = rows.at(-1)?.position ?? last;
          return false;
        },
      });
    },
  });
