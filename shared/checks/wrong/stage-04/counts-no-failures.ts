import { main, type Wrong } from './base.ts';

/** Lets everybody try as often as they like. */
export const wrong: Wrong = { caughtBy: 'sixth-try-is-429' };

if (import.meta.main) await main({ throttle: () => ({ begin: async () => undefined, end: async () => {} }) });
