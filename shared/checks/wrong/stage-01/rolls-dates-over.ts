import { main, type Wrong } from './base.ts';

/** Believes a date when Date can read it, and Date reads 2023-02-29 as the first of March. */
export const wrong: Wrong = { caughtBy: 'impossible-dates-are-refused' };

if (import.meta.main) await main({ isCalendarDate: (text) => !Number.isNaN(Date.parse(text)) });
