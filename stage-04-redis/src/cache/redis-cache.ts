import {
  type CacheTimes,
  type LeaseCache,
  longestLifeOf,
  MARK,
  readEntry,
  withJitter,
} from './lease-cache.ts';
import type { Redis } from './redis.ts';

// A script, in Lua, is one step of the server: nothing happens between its commands. KEYS and ARGV are its arguments,
// PX is a life in milliseconds.
const LOOK = `
local entry = redis.call('GET', KEYS[1])
if not entry then redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]) end
return entry`;

const FILL = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return end
if ARGV[2] then redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) else redis.call('DEL', KEYS[1]) end`;

// A full server refuses to write, and not to delete: so at least the copy goes.
const HOLD = `
redis.call('DEL', KEYS[1])
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])`;

// Another writer's hold stays: they have not committed yet.
const RELEASE = `
local entry = redis.call('GET', KEYS[1])
if entry and (string.sub(entry, 1, 1) ~= '${MARK.hold}' or entry == ARGV[1]) then redis.call('DEL', KEYS[1]) end`;

/** In Redis, for all processes that ask it under the same prefix. */
export function createRedisCache(redis: Redis, times: CacheTimes): LeaseCache {
  const { ttlMs, leaseMs, holdMs } = times;
  // A server that was started again may have forgotten the last seconds, or hours, and with them that a copy was taken
  // away. So copies of before its start are not found: its id is part of their keys.
  const run = async (script: string, key: string, ...values: (string | number)[]): Promise<unknown> => {
    const keys = [`${key}:${await redis.serverId()}`];
    return redis.ask((client) => client.eval(script, { keys, arguments: values.map(String) }));
  };
  return {
    longestLifeMs: longestLifeOf(times),
    async look(key, lease) {
      const entry = await run(LOOK, key, MARK.lease + lease, leaseMs);
      return entry === null ? { found: 'nothing' } : readEntry(String(entry));
    },
    async fill(key, lease, value) {
      const landing = value === undefined ? [] : [MARK.value + value, withJitter(ttlMs)];
      await run(FILL, key, MARK.lease + lease, ...landing);
    },
    async hold(key, holder) {
      await run(HOLD, key, MARK.hold + holder, holdMs);
    },
    async release(key, holder) {
      await run(RELEASE, key, MARK.hold + holder);
    },
  };
}
