import { main, type Wrong } from './base.ts';
import { rewriteRules } from './tables.ts';

/** Has the rule for what is booked, and none for what is moved. */
export const wrong: Wrong = { caughtBy: 'two-move-to-one-slot-and-one-gets-it' };

if (import.meta.main)
  await main({
    tables: (storage) => rewriteRules(storage, (text, name) => (name.includes('stays') ? '' : text)),
  });
