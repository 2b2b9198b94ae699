import { writeEvent } from '@medcenter/stage-05-events/schema';
import { main, type Wrong } from './base.ts';
import { onWrites } from './telling.ts';

/** Writes to the database, and then to the log: what it has gathered to tell is gone with it. */
export const wrong: Wrong = { caughtBy: 'kill-nine-after-a-booking-loses-no-event' };

if (import.meta.main)
  await main({
    told(_, { stored, log, newEvent }) {
      let gathered: { topic: string; key: string; value: string }[] = [];
      setInterval(() => {
        const messages = gathered;
        gathered = [];
        if (messages.length > 0) void log.publish(messages);
      }, 200).unref();
      return onWrites(stored, {
        after(appointment) {
          const value = writeEvent(newEvent('appointment.created', appointment));
          gathered.push({ topic: 'appointments.created', key: appointment.id, value });
        },
      });
    },
  });
