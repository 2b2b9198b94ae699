import { sqlOutbox } from '@medcenter/stage-05-events/repository';
import { writeEvent } from '@medcenter/stage-05-events/schema';
import { main, type Wrong } from './base.ts';

/** Tells of each change of an appointment as if it had been moved. */
export const wrong: Wrong = { caughtBy: 'other-moves-tell-nothing' };

if (import.meta.main)
  await main({
    told: (told, { newEvent }) => ({
      ...told,
      transaction: (work) =>
        told.transaction((tx) => {
          const { update } = tx.appointments;
          const updateAndTell: typeof update = async (appointment) => {
            await update(appointment);
            if (appointment.status === 'booked' || appointment.status === 'cancelled') return;
            const event = newEvent('appointment.rescheduled', appointment);
            const message = {
              topic: 'appointments.rescheduled',
              key: appointment.id,
              value: writeEvent(event),
            };
            await sqlOutbox(tx.sql).add(message, event.time);
          };
          return work({ ...tx, appointments: { ...tx.appointments, update: updateAndTell } });
        }),
    }),
  });
