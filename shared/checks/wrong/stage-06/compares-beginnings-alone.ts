import { main, type Wrong } from './base.ts';

/** Of an appointment only its beginning takes up time. */
export const wrong: Wrong = { caughtBy: 'appointment-from-before-takes-the-slots-that-it-touches' };

if (import.meta.main)
  await main({
    times: (times) => ({
      ...times,
      async taken(doctorId, range) {
        const taken = await times.taken(doctorId, range);
        return taken.map(({ startsAt }) => {
          const endsAt = new Date(Date.parse(startsAt) + 1).toISOString();
          return { startsAt, endsAt };
        });
      },
    }),
  });
