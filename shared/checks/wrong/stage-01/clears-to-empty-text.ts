import { main, type Wrong } from './base.ts';

/** Stores the empty text, so that a number that is gone looks like a number. */
export const wrong: Wrong = { caughtBy: 'update-clears-with-empty-text' };

if (import.meta.main) await main({ present: (fields) => ({ ...fields }) });
