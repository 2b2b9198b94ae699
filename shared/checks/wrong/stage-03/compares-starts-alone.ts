import { main, type Wrong } from './base.ts';
import { rewriteRules } from './tables.ts';

/** Has a rule in the database, which knows two appointments at one start, and none that overlap. */
export const wrong: Wrong = { caughtBy: 'overlapping-ranges-race-without-overlap' };

if (import.meta.main)
  await main({
    tables: (storage) =>
      rewriteRules(storage, (text) =>
        text.replace('starts_at < NEW.ends_at AND ends_at > NEW.starts_at', 'starts_at = NEW.starts_at'),
      ),
  });
