import type { Redis } from '../cache/index.ts';
import type { Clock, Session } from '../domain/index.ts';
import { createShapeCheck, sessionSchema } from '../schema/index.ts';
import { isWorthKeepingAwake, type SessionStore } from './session-store.ts';

export interface RedisSessionDeps {
  readonly redis: Redis;
  readonly clock: Clock;
  readonly idleMs: number;
}

// The list of an account stays as long as the longest of its sessions.
const PUT = `
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', ARGV[3])
redis.call('ZADD', KEYS[2], ARGV[4], ARGV[5])
local last = redis.call('ZRANGE', KEYS[2], -1, -1, 'WITHSCORES')
redis.call('PEXPIREAT', KEYS[2], last[2])`;

/** In Redis, for all processes, beside a list of each account's sessions. Redis itself lets them end. */
export function createRedisSessions({ redis, clock, idleMs }: RedisSessionDeps): SessionStore {
  /** In milliseconds: the idle time, but not beyond the session's own end. */
  const lifeOf = ({ expiresAt }: Session) => Math.min(idleMs, Date.parse(expiresAt) - clock.now().getTime());
  return {
    async put(tokenHash, session) {
      const keys = [sessionKey(tokenHash), accountKey(session.accountId)];
      const times = [Math.max(lifeOf(session), 1), clock.now().getTime(), Date.parse(session.expiresAt)];
      const values = [JSON.stringify(session), ...times.map(String), tokenHash];
      await redis.ask((client) => client.eval(PUT, { keys, arguments: values }));
    },
    async find(tokenHash) {
      const key = sessionKey(tokenHash);
      const [text, leftMs] = await redis.ask((client) => Promise.all([client.get(key), client.pTTL(key)]));
      const session = readSession(text);
      if (!session) return undefined;
      const lifeMs = lifeOf(session);
      if (lifeMs <= 0) return undefined;
      if (lifeMs > leftMs && isWorthKeepingAwake(leftMs, idleMs)) {
        // A server that may only be read has told all the same who it is.
        await redis.ask((client) => client.pExpire(key, lifeMs)).catch(() => {});
      }
      return session;
    },
    async delete(tokenHash) {
      const key = sessionKey(tokenHash);
      const session = readSession(await redis.ask((client) => client.get(key)));
      await redis.ask((client) => {
        const gone = client.multi().del(key);
        if (session) gone.zRem(accountKey(session.accountId), tokenHash);
        return gone.exec();
      });
    },
    async deleteAll(accountId) {
      const list = accountKey(accountId);
      const hashes = await redis.ask((client) => client.zRange(list, 0, -1));
      if (hashes.length === 0) return;
      // No more than was read: a login that came meanwhile stays in the list, to be found the next time.
      await redis.ask((client) => client.multi().del(hashes.map(sessionKey)).zRem(list, hashes).exec());
    },
    sweep: async () => {},
  };
}

function sessionKey(tokenHash: string): string {
  return `session:${tokenHash}`;
}

function accountKey(accountId: string): string {
  return `sessions-of:${accountId}`;
}

/** What is not of our form is no session. */
function readSession(text: string | null): Session | undefined {
  if (text === null) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return checkSession(value).length === 0 ? (value as Session) : undefined;
  } catch {
    return undefined;
  }
}

// A newer program may keep more: whoever signed in there is signed in here.
const checkSession = createShapeCheck({ ...sessionSchema, additionalProperties: true });
