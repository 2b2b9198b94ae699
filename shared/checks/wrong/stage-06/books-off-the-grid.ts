import { main, type Wrong } from './base.ts';

/** Offers slots, and books whatever it is asked for. */
export const wrong: Wrong = { caughtBy: 'time-that-is-no-slot-is-409' };

if (import.meta.main) await main({ bySlots: (told) => told });
