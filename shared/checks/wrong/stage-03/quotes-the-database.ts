import { DomainError } from '@medcenter/stage-03-postgres/domain';
import { main, type Wrong } from './base.ts';

/** Sends the words of the database along with the refusal. */
export const wrong: Wrong = { caughtBy: 'conflict-tells-nothing-of-the-other-booking' };

if (import.meta.main)
  await main({
    services: ({ appointments }) => ({
      appointments: {
        ...appointments,
        book: (input, options) =>
          appointments.book(input, options).catch((error: unknown) => {
            if (!(error instanceof DomainError) || !(error.cause instanceof Error)) throw error;
            throw new DomainError(error.code, `${error.message} (${error.cause.message})`, error.details);
          }),
      },
    }),
  });
