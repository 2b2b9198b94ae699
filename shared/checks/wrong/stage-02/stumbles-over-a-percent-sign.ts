import { main, type Wrong } from './base.ts';

/** Decodes the path and does not expect to fail. */
export const wrong: Wrong = { caughtBy: 'bad-percent-encoding-is-refused' };

if (import.meta.main) await main({ decode: decodeURIComponent });
