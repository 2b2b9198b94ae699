import { main, server, type Wrong } from './base.ts';

/** Heeds If-Match for PUT, and forgets it for DELETE. */
export const wrong: Wrong = { caughtBy: 'stale-if-match-is-412' };

const { remove } = server;

if (import.meta.main) await main({ remove: (id, incoming) => remove(id, { ...incoming, headers: {} }) });
