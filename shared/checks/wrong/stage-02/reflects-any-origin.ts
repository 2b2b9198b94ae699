import { main, type Wrong } from './base.ts';

/** Gives every origin its own name back: a rule that lets everybody in. */
export const wrong: Wrong = { caughtBy: 'no-other-origin-by-default' };

if (import.meta.main) await main({ mayRead: () => true });
