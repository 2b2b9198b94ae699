import type { ClinicStorage } from '@medcenter/stage-05-events/repository';
import { main, type Wrong } from './base.ts';

/** Notes each reminder at the booking, hears of no cancellation, and does not look again when it sends. */
export const wrong: Wrong = { caughtBy: 'cancelled-appointment-is-not-reminded-of' };

/** To the sender everything is as it was booked. */
function asBooked(stored: ClinicStorage): ClinicStorage {
  const { appointments } = stored;
  return {
    ...stored,
    appointments: {
      ...appointments,
      async find(id) {
        const found = await appointments.find(id);
        return found && { ...found, status: 'booked' };
      },
    },
  };
}

if (import.meta.main)
  await main({
    schedule: (schedule) => async (event) => {
      if (event.type !== 'appointment.cancelled') await schedule(event);
    },
    senderStorage: asBooked,
  });
