import type { Session } from '@medcenter/stage-04-redis/domain';
import { main, type Wrong } from './base.ts';

/** Remembers each session that it has found, and asks no more. */
export const wrong: Wrong = { caughtBy: 'new-password-ends-all-sessions' };

const found = new Map<string, Session>();

if (import.meta.main)
  await main({
    sessions: (sessions) => ({
      ...sessions,
      async find(tokenHash) {
        const session = found.get(tokenHash) ?? (await sessions.find(tokenHash));
        if (session) found.set(tokenHash, session);
        return session;
      },
      async delete(tokenHash) {
        found.delete(tokenHash);
        await sessions.delete(tokenHash);
      },
    }),
  });
