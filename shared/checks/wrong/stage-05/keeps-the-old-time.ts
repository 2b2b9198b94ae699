import { main, type Wrong } from './base.ts';

/** Notes the reminder at the booking alone: of a move it hears nothing. */
export const wrong: Wrong = { caughtBy: 'moved-reminder-tells-the-new-time' };

if (import.meta.main)
  await main({
    schedule: (schedule) => async (event) => {
      if (event.type !== 'appointment.rescheduled') await schedule(event);
    },
  });
