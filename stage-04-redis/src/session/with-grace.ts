import { LRUCache } from 'lru-cache';
import { type Clock, DomainError, type Session } from '../domain/index.ts';
import type { SessionStore } from './session-store.ts';

/** For so long after its last check a session is believed while none can be checked. */
export const GRACE_MS = 30_000;
const MOST_REMEMBERED = 10_000;

/**
 * While sessions cannot be read, one that this process has found within the last 30 seconds is believed. So a short
 * failure is not noticed by those who are at work. The price: what ended a session in another process, in the seconds
 * before the failure, is not known here until the failure is over, or the 30 seconds are.
 */
export function withGrace(sessions: SessionStore, clock: Clock): SessionStore {
  const found = new LRUCache<string, { session: Session; at: number }>({ max: MOST_REMEMBERED });
  const now = () => clock.now().getTime();
  let ended = 0;
  return {
    ...sessions,
    async find(tokenHash) {
      try {
        const endedBefore = ended;
        const session = await sessions.find(tokenHash);
        // What was ended in this moment is not remembered.
        if (session && ended === endedBefore) found.set(tokenHash, { session, at: now() });
        else found.delete(tokenHash);
        return session;
      } catch (error) {
        const known = found.get(tokenHash);
        if (!(error instanceof DomainError) || error.code !== 'unavailable' || !known) throw error;
        const isFresh = now() - known.at < GRACE_MS && now() < Date.parse(known.session.expiresAt);
        if (!isFresh) throw error;
        return known.session;
      }
    },
    async delete(tokenHash) {
      await sessions.delete(tokenHash);
      ended += 1;
      found.delete(tokenHash);
    },
    async deleteAll(accountId) {
      await sessions.deleteAll(accountId);
      ended += 1;
      for (const [tokenHash, { session }] of found.entries()) {
        if (session.accountId === accountId) found.delete(tokenHash);
      }
    },
  };
}
