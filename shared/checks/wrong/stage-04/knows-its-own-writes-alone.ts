import { createMemoryCache, USUAL_TIMES } from '@medcenter/stage-04-redis/cache';
import { main, type Wrong } from './base.ts';

/** Takes copies away when it writes, and never hears of what another process wrote. */
export const wrong: Wrong = { caughtBy: 'change-is-seen-through-another-process' };

const times = { ...USUAL_TIMES, ttlMs: 60_000 };

if (import.meta.main)
  await main({ cache: () => createMemoryCache({ ...times, size: 10_000, othersCommits: () => 0 }) });
