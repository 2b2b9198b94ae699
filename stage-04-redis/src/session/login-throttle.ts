import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Redis } from '../cache/index.ts';

/** Counts failed logins, for a name and for an address. */
export interface LoginThrottle {
  /** Before the password is looked at: counts the try as failed. Answers the seconds to wait, if it is one too many. */
  begin(login: LoginSource): Promise<number | undefined>;
  /** The try is over without the password being wrong: it does not count. After a right one the name begins anew. */
  end(login: LoginSource, outcome: 'right' | 'unknown'): Promise<void>;
}

export interface LoginSource {
  readonly username: string;
  /** Of the client, as the connection has it. */
  readonly address: string;
}

export interface ThrottleLimits {
  readonly perName: number;
  /** More than for a name: a whole clinic may stand behind one address. */
  readonly perAddress: number;
  readonly windowMs: number;
}

export const LOGIN_LIMITS: ThrottleLimits = { perName: 5, perAddress: 100, windowMs: 15 * 60_000 };

/** In this process alone. */
export function createMemoryThrottle({ perName, perAddress, windowMs } = LOGIN_LIMITS): LoginThrottle {
  const counts = new LRUCache<string, number>({ max: 100_000, ttl: windowMs, noUpdateTTL: true });
  const add = (key: string, change: number) => counts.set(key, (counts.get(key) ?? 0) + change);
  return {
    async begin(login) {
      const [name, address] = keysOf(login);
      const full = [
        { key: name, limit: perName },
        { key: address, limit: perAddress },
      ].find(({ key, limit }) => (counts.get(key) ?? 0) >= limit);
      if (full) return toSeconds(counts.getRemainingTTL(full.key));
      add(name, 1);
      add(address, 1);
      return undefined;
    },
    async end(login, outcome) {
      const [name, address] = keysOf(login);
      if (outcome === 'right') counts.delete(name);
      for (const key of [name, address]) if (counts.has(key)) add(key, -1);
    },
  };
}

const BEGIN = `
for i, key in ipairs(KEYS) do
  if tonumber(redis.call('GET', key) or '0') >= tonumber(ARGV[i]) then return redis.call('PTTL', key) end
end
for i, key in ipairs(KEYS) do
  if redis.call('INCR', key) == 1 then redis.call('PEXPIRE', key, ARGV[3]) end
end`;

const END = `
if ARGV[1] == 'right' then redis.call('DEL', KEYS[1]) end
for i, key in ipairs(KEYS) do
  if redis.call('EXISTS', key) == 1 then redis.call('DECR', key) end
end`;

/** In Redis, for all processes. */
export function createRedisThrottle(
  redis: Redis,
  { perName, perAddress, windowMs } = LOGIN_LIMITS,
): LoginThrottle {
  return {
    async begin(login) {
      const options = { keys: keysOf(login), arguments: [perName, perAddress, windowMs].map(String) };
      const waitMs = await redis.ask((client) => client.eval(BEGIN, options));
      return waitMs === null ? undefined : toSeconds(Number(waitMs));
    },
    async end(login, outcome) {
      await redis.ask((client) => client.eval(END, { keys: keysOf(login), arguments: [outcome] }));
    },
  };
}

/** Hashed: people type their password into the field for the name. */
function keysOf({ username, address }: LoginSource): [string, string] {
  const name = createHash('sha256').update(username).digest('base64url');
  return [`login:name:${name}`, `login:address:${address}`];
}

function toSeconds(milliseconds: number): number {
  return Math.max(1, Math.ceil(milliseconds / 1_000));
}
