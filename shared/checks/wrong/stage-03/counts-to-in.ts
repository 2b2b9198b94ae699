import { main, type Wrong } from './base.ts';

/** Gives what starts at `to` as well: an appointment at midnight is in two days. */
export const wrong: Wrong = { caughtBy: 'from-and-to-are-half-open' };

if (import.meta.main)
  await main({
    services: ({ appointments }) => ({
      appointments: {
        ...appointments,
        page({ to, ...query }) {
          const after = to && new Date(Date.parse(to) + 1).toISOString();
          return appointments.page({ ...query, ...(after && { to: after }) });
        },
      },
    }),
  });
