import { writeEvent } from '@medcenter/stage-05-events/schema';
import { main, type Wrong } from './base.ts';
import { onWrites } from './telling.ts';

/** Tells in the middle of the transaction, past the outbox: what is rolled back was told all the same. */
export const wrong: Wrong = { caughtBy: 'refused-bookings-are-not-counted' };

if (import.meta.main)
  await main({
    told: (told, { log, newEvent }) =>
      onWrites(told, {
        async before(appointment) {
          const value = writeEvent(newEvent('appointment.created', appointment));
          await log.publish([{ topic: 'appointments.created', key: appointment.id, value }]);
        },
      }),
  });
