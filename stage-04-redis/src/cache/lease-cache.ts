/** What a look at a key finds. */
export type Look =
  | { readonly found: 'value'; readonly value: string }
  /** Nothing; and whoever looked has been given the right to put a value there. */
  | { readonly found: 'nothing' }
  /** Somebody else has that right, and is about to use it. */
  | { readonly found: 'lease' }
  /** The record is being written: what is read of it now may be old in a moment. */
  | { readonly found: 'hold' };

/** `hit`: the database was not asked for it. `miss`: it was, for lack of a copy. `bypass`: it was, for lack of a cache. */
export type CacheResult = 'hit' | 'miss' | 'bypass';

/**
 * Copies of records, by key, any of which may be gone at any time. An old copy does not come in behind a write that
 * the cache was told of: who finds nothing gets a lease, a copy lands only where its lease still stands, and a write
 * takes the lease away. The idea is from "Scaling Memcache at Facebook" (NSDI 2013), section 3.2.1.
 *
 * Every call is one step: nothing happens in between. Where the cache cannot be asked, each fails with a DomainError
 * `unavailable`.
 */
export interface LeaseCache {
  /** In milliseconds: what stands there now is found no longer than this, nor what its lease still lets in. */
  readonly longestLifeMs: number;
  /** Where there is nothing, `lease`, a text of the caller's own, stands from now on. */
  look(key: string, lease: string): Promise<Look>;
  /** Puts a value where this lease stands, and nowhere else. Without a value, the lease is given back. */
  fill(key: string, lease: string, value: string | undefined): Promise<void>;
  /** Before a write is committed: takes away what stands there, and lets nobody fill until `release`. */
  hold(key: string, holder: string): Promise<void>;
  /** After the write: whatever stands there is gone, but for the hold of another writer. */
  release(key: string, holder: string): Promise<void>;
}

export interface CacheTimes {
  /** How long a copy is kept at the most. */
  readonly ttlMs: number;
  /** How long a lease stands when its owner dies. */
  readonly leaseMs: number;
  /** How long a hold stands when its owner dies; longer than any transaction lasts. */
  readonly holdMs: number;
}

export const USUAL_TIMES = { leaseMs: 5_000, holdMs: 30_000 } as const;

export function longestLifeOf({ ttlMs, leaseMs }: CacheTimes): number {
  return ttlMs + leaseMs;
}

/** Up to a tenth shorter, so that copies that were made together do not expire together. */
export function withJitter(milliseconds: number): number {
  return Math.ceil(milliseconds * (0.9 + Math.random() * 0.1));
}

/** How the three are told apart where they are kept: by the first character. */
export const MARK = { value: '=', lease: '?', hold: '!' } as const;

/** What was kept, as what was found. */
export function readEntry(entry: string): Look {
  if (entry.startsWith(MARK.lease)) return { found: 'lease' };
  if (entry.startsWith(MARK.hold)) return { found: 'hold' };
  // What nobody here wrote is a value that nobody can read, and is treated as one.
  return { found: 'value', value: entry.slice(MARK.value.length) };
}
