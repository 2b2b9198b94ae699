import { main, type Wrong } from './base.ts';
import { onWrites } from './telling.ts';

/** Books when the log has taken something, to be sure that it will take the event too. */
export const wrong: Wrong = { caughtBy: 'bookings-go-on-without-a-broker' };

if (import.meta.main)
  await main({
    told: (told, { log }) =>
      onWrites(told, {
        async before() {
          for await (const _ of log.list(['appointments.created.dlq'])) return;
        },
      }),
  });
