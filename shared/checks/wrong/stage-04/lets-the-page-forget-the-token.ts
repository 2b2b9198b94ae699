import { main, type Wrong } from './base.ts';

/** Answers 204 to a logout, and leaves it to the page to forget the token. */
export const wrong: Wrong = { caughtBy: 'logout-ends-this-session-at-once' };

if (import.meta.main) await main({ signIn: (signIn) => ({ ...signIn, logout: async () => {} }) });
