import { main, server, type Wrong } from './base.ts';

/** Lays the new fields over the old ones: a phone number that was left out stays for ever. */
export const wrong: Wrong = { caughtBy: 'put-replaces-the-whole-record' };

const { replaced } = server;

if (import.meta.main) await main({ replaced: (old, fields) => ({ ...old, ...replaced(old, fields) }) });
