import { main, type Wrong } from './base.ts';

/** Reads the schedule, and never looks into the calendar. */
export const wrong: Wrong = { caughtBy: 'booked-slot-is-not-offered' };

if (import.meta.main) await main({ times: (times) => ({ ...times, taken: async () => [] }) });
