import { main, type Wrong } from './base.ts';

/** Says where it looked for the database, word by word. */
export const wrong: Wrong = { caughtBy: 'unreachable-database-is-one-line' };

if (import.meta.main)
  await main({ complaint: ({ message }) => `${message} DATABASE_URL=${process.env.DATABASE_URL}` });
