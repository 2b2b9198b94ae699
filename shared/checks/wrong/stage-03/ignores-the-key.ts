import { main, type Wrong } from './base.ts';

/** Knows no Idempotency-Key: who asks again hears that the time is taken, by themselves. */
export const wrong: Wrong = { caughtBy: 'same-key-gets-the-same-answer' };

if (import.meta.main)
  await main({
    services: ({ appointments }) => ({
      appointments: { ...appointments, book: (input) => appointments.book(input) },
    }),
  });
