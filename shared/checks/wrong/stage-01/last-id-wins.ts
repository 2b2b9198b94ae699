import { main, type Wrong } from './base.ts';

/** Lets the last of two values win, and says nothing of the other. */
export const wrong: Wrong = { caughtBy: 'an-id-given-twice-is-refused' };

if (import.meta.main) await main({ refuseTwice: () => {} });
