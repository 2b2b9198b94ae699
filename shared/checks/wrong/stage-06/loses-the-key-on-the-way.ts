import { main, type Wrong } from './base.ts';

/** Reads the key, and does not hand it on to whoever books. */
export const wrong: Wrong = { caughtBy: 'key-books-a-slot-once' };

if (import.meta.main)
  await main({ client: (client) => ({ ...client, bookSlot: (booking) => client.bookSlot(booking) }) });
