import { main, type Wrong } from './base.ts';

/** Looks at no variable before it uses it, and dies of the first wrong one with a stack. */
export const wrong: Wrong = { caughtBy: 'wrong-settings-exit-with-2' };

if (import.meta.main) await main({ wrongSettings: () => [] });
