import { main, type Wrong } from './base.ts';

/** Renames over the path as given: where it was a link, the file behind it gets nothing any more. */
export const wrong: Wrong = { caughtBy: 'symlink-stays-a-symlink' };

if (import.meta.main) await main({ locate: (file) => file });
