import { main, type Wrong } from './base.ts';

/** Tells when the session ends, and keeps it for ever. */
export const wrong: Wrong = { caughtBy: 'session-ends-at-its-time' };

if (import.meta.main)
  await main({
    sessions: (sessions) => ({
      ...sessions,
      put: (tokenHash, session) =>
        sessions.put(tokenHash, { ...session, expiresAt: '2999-01-01T00:00:00.000Z' }),
    }),
  });
