import { main, type Wrong } from './base.ts';

/** Writes each event into its log, to see what happens. */
export const wrong: Wrong = { caughtBy: 'log-tells-nobody-of-events' };

if (import.meta.main)
  await main({
    count: (count) => async (event) => {
      console.log(JSON.stringify({ level: 'debug', message: 'came in', event }));
      await count(event);
    },
  });
