import { sqlStatistics } from '@medcenter/stage-05-events/repository';
import { v7 as uuidv7 } from 'uuid';
import { clock, main, type Wrong } from './base.ts';

/** Counts each event as often as it hears of it. */
export const wrong: Wrong = { caughtBy: 'event-told-again-is-counted-once' };

if (import.meta.main)
  await main({
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
