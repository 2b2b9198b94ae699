import { LRUCache } from 'lru-cache';
import {
  type CacheTimes,
  type LeaseCache,
  longestLifeOf,
  MARK,
  readEntry,
  withJitter,
} from './lease-cache.ts';

export interface MemoryCacheOptions extends CacheTimes {
  /** Keys at the most; the one that was not used for the longest time goes. */
  readonly size: number;
  /** A number that is another one after another process has written what is cached here. */
  othersCommits(): number;
}

/** In this process alone. What another process writes is noticed: then all copies are thrown away. */
export function createMemoryCache({ size, othersCommits, ...times }: MemoryCacheOptions): LeaseCache {
  const { ttlMs, leaseMs, holdMs } = times;
  const entries = new LRUCache<string, string>({ max: size });
  let seen = othersCommits();
  return {
    longestLifeMs: longestLifeOf(times),
    async look(key, lease) {
      const now = othersCommits();
      if (now !== seen) entries.clear();
      seen = now;
      const entry = entries.get(key);
      if (entry !== undefined) return readEntry(entry);
      entries.set(key, MARK.lease + lease, { ttl: leaseMs });
      return { found: 'nothing' };
    },
    async fill(key, lease, value) {
      if (entries.get(key) !== MARK.lease + lease) return;
      if (value === undefined) entries.delete(key);
      else entries.set(key, MARK.value + value, { ttl: withJitter(ttlMs) });
    },
    async hold(key, holder) {
      entries.set(key, MARK.hold + holder, { ttl: holdMs });
    },
    async release(key, holder) {
      const entry = entries.get(key);
      const isOthers = entry?.startsWith(MARK.hold) && entry !== MARK.hold + holder;
      if (!isOthers) entries.delete(key);
    },
  };
}
