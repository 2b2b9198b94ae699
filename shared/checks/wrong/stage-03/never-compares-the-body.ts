import type { Appointment } from '@medcenter/stage-03-postgres/domain';
import { main, type Wrong } from './base.ts';

/** Gives the answer of a key to whatever comes with it. */
export const wrong: Wrong = { caughtBy: 'same-key-with-another-body-is-422' };

const answers = new Map<string, Promise<Appointment>>();

if (import.meta.main)
  await main({
    services: ({ appointments }) => ({
      appointments: {
        ...appointments,
        book(input, options = {}) {
          const { idempotencyKey } = options;
          if (idempotencyKey === undefined) return appointments.book(input);
          const answer = answers.get(idempotencyKey) ?? appointments.book(input, options);
          answers.set(idempotencyKey, answer);
          return answer;
        },
      },
    }),
  });
