import { createMutex } from '@medcenter/stage-03-postgres/repository';
import { main, type Wrong } from './base.ts';
import { look } from './look.ts';
import { dropRules } from './tables.ts';

/** Asks and books under a lock in its memory, of which a second server knows nothing. */
export const wrong: Wrong = { caughtBy: 'two-servers-on-one-database-have-one-winner' };

const oneAtATime = createMutex();

if (import.meta.main)
  await main({
    tables: dropRules,
    services: ({ appointments }) => ({
      appointments: {
        ...appointments,
        book: (input, options) =>
          oneAtATime(async () => {
            await look(appointments, input);
            return appointments.book(input, options);
          }),
      },
    }),
  });
