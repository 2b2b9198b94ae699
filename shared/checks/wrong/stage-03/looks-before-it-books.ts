import { main, type Wrong } from './base.ts';
import { look } from './look.ts';
import { dropRules } from './tables.ts';

/** Asks whether the time is free, and then books it; no constraint stands behind the question. */
export const wrong: Wrong = { caughtBy: 'fifty-want-one-slot-and-one-gets-it' };

if (import.meta.main)
  await main({
    tables: dropRules,
    services: ({ appointments }) => ({
      appointments: {
        ...appointments,
        async book(input, options) {
          await look(appointments, input);
          return appointments.book(input, options);
        },
      },
    }),
  });
