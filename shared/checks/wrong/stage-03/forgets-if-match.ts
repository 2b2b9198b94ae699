import { main, type Wrong } from './base.ts';

/** Reads If-Match and does not hand it on. */
export const wrong: Wrong = { caughtBy: 'stale-if-match-on-an-appointment-is-412' };

if (import.meta.main)
  await main({
    services: ({ appointments }) => ({
      appointments: { ...appointments, change: (id, change) => appointments.change(id, change) },
    }),
  });
