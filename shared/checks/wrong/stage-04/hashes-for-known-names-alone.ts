import { main, type Wrong } from './base.ts';

/** Hashes nothing for a name that nobody has. */
export const wrong: Wrong = { caughtBy: 'unknown-name-and-wrong-password-take-the-same-time' };

if (import.meta.main)
  await main({
    passwords: (passwords) => ({
      ...passwords,
      verify: async (password, hash) => hash !== undefined && passwords.verify(password, hash),
    }),
  });
