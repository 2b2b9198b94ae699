import { main, type Wrong } from './base.ts';

/** Begins each day afresh, and reminds of all that begins soon. */
export const wrong: Wrong = { caughtBy: 'restart-reminds-nobody-twice' };

if (import.meta.main)
  await main({
    begin: (stored) =>
      stored.transaction(async (tx) => {
        await tx.sql.query("UPDATE reminders SET status = 'due', claimed_until = NULL WHERE status = 'sent'");
      }),
  });
