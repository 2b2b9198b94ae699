import { main, type Wrong } from './base.ts';

/** Looks for a version and not at it. */
export const wrong: Wrong = { caughtBy: 'newer-version-is-refused-untouched' };

if (import.meta.main) await main({ knowsVersion: (version) => typeof version === 'number' });
