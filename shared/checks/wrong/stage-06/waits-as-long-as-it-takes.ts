import { main, type Wrong } from './base.ts';

/** Has a deadline that nobody lives to see. */
export const wrong: Wrong = { caughtBy: 'frozen-schedule-service-costs-nobody-else' };

if (import.meta.main) await main({ deadlineMs: 60_000 });
