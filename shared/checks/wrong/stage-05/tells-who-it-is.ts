import { main, type Wrong } from './base.ts';

/** Adds to each event what its first reader has asked for. */
export const wrong: Wrong = { caughtBy: 'event-is-a-cloud-event-and-no-more' };

if (import.meta.main)
  await main({
    newEvent: (newEvent) => (type, appointment) => ({
      ...newEvent(type, appointment),
      patientid: appointment.patientId,
    }),
  });
