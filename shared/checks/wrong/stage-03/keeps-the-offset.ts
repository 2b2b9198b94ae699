import { main, type Wrong } from './base.ts';

/** Answers with the times as they came, each in another zone. */
export const wrong: Wrong = { caughtBy: 'answers-are-in-utc' };

if (import.meta.main)
  await main({
    services: ({ appointments }) => ({
      appointments: {
        ...appointments,
        async book(input, options) {
          const { startsAt, endsAt } = input;
          return { ...(await appointments.book(input, options)), startsAt, endsAt };
        },
      },
    }),
  });
