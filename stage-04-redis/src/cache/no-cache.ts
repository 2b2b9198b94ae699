import { unavailable } from '../domain/index.ts';
import type { LeaseCache } from './lease-cache.ts';

/** Where nobody would tell a copy in this process that it is old: PostgreSQL, which others write to, without Redis. */
export function createNoCache(): LeaseCache {
  const refuse = async () => {
    throw unavailable('there is no cache');
  };
  // A write needs nothing to be taken away.
  return { longestLifeMs: 0, look: refuse, fill: refuse, hold: async () => {}, release: async () => {} };
}
