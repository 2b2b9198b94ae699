import { main, type Wrong } from './base.ts';
import { rewriteRules } from './tables.ts';

/** Takes only booked appointments for live: whoever has come may be booked over. */
export const wrong: Wrong = { caughtBy: 'what-is-over-frees-its-time' };

if (import.meta.main)
  await main({
    tables: (storage) =>
      rewriteRules(storage, (text) =>
        text.replace(" AND status IN ('booked', 'arrived')", " AND status IN ('booked')"),
      ),
  });
