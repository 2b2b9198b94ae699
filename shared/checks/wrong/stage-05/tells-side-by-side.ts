import { startWorker } from '@medcenter/stage-05-events/events';
import { sqlOutbox, sqlStatistics } from '@medcenter/stage-05-events/repository';
import { v7 as uuidv7 } from 'uuid';
import { clock, main, type Wrong } from './base.ts';

/** Each process tells whatever it finds in the outbox, and counts whatever it hears. */
export const wrong: Wrong = { caughtBy: 'two-processes-count-once' };

if (import.meta.main)
  await main({
    relay: ({ stored, log }) =>
      startWorker({
        everyMs: 200,
        onTrouble: () => {},
        async work() {
          const rows = await sqlOutbox(stored.sql).list(100);
          await log.publish(rows.map(({ topic, key, value }) => ({ topic, key, value })));
          await stored.transaction((tx) => sqlOutbox(tx.sql).remove(rows.map(({ position }) => position)));
          return rows.length > 0;
        },
      }),
    count: (count, { stored }) => {
      const heard = new Set<string>();
      return async (event) => {
        const again = heard.has(event.id);
        heard.add(event.id);
        if (!again) return count(event);
        const another = { ...event.data, id: uuidv7() };
        await stored.transaction((tx) => sqlStatistics(tx.sql).put([another], clock.now()));
      };
    },
  });
