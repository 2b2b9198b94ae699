import { main, server, type Wrong } from './base.ts';

/** Compares If-Match as one compares If-None-Match. */
export const wrong: Wrong = { caughtBy: 'weak-tag-in-if-match-is-412' };

const mayChange: typeof server.mayChange = (ifMatch, tag) =>
  ifMatch === undefined || server.isUnchanged(ifMatch, tag);

if (import.meta.main) await main({ mayChange });
