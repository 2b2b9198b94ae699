import { main, type Wrong } from './base.ts';
import { rewriteRules } from './tables.ts';

/** Counts the moment of the end as taken, so that nobody can be next. */
export const wrong: Wrong = { caughtBy: 'back-to-back-is-free' };

if (import.meta.main)
  await main({
    tables: (storage) =>
      rewriteRules(storage, (text) =>
        text
          .replace('starts_at < NEW.ends_at', 'starts_at <= NEW.ends_at')
          .replace('ends_at > NEW.starts_at', 'ends_at >= NEW.starts_at'),
      ),
  });
