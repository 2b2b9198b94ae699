import { setTimeout as sleep } from 'node:timers/promises';
import { main, type Wrong } from './base.ts';
import { readDay, untilLive } from './days.ts';

/** Listens, then reads the day, and tells both: what happened between the two is told twice. */
export const wrong: Wrong = { caughtBy: 'day-and-changes-leave-nothing-out-and-repeat-nothing' };

if (import.meta.main)
  await main({
    service: (service) => ({
      ...service,
      watchDay(query, options) {
        if (!query.watch) return service.watchDay(query, options);
        return (async function* () {
          const { live, changes } = await untilLive(service.watchDay, query, options);
          await sleep(100);
          yield* await readDay(service.watchDay, query, options);
          yield live;
          yield* changes;
        })();
      },
    }),
  });
