import { main, type Wrong } from './base.ts';

/** Knows 26 letters, and refuses most of the names in the world. */
export const wrong: Wrong = { caughtBy: 'names-in-any-script-are-taken' };

if (import.meta.main) await main({ isName: (text) => /^[A-Za-z '-]{1,100}$/.test(text) });
