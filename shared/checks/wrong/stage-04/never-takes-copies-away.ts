import { main, type Wrong } from './base.ts';

/** Keeps what it has read, whatever is written. */
export const wrong: Wrong = { caughtBy: 'change-is-seen-by-the-next-look' };

if (import.meta.main)
  await main({ cache: (cache) => ({ ...cache, hold: async () => {}, release: async () => {} }) });
