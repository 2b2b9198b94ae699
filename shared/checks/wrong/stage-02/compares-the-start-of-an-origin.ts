import { main, server, type Wrong } from './base.ts';

/** Looks whether the origin begins like a named one, as evil twins do. */
export const wrong: Wrong = { caughtBy: 'unnamed-origin-may-not-read' };

if (import.meta.main)
  await main({ mayRead: (origin) => server.origins().some((named) => origin.startsWith(named)) });
