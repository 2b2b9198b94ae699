import { main, server, type Wrong } from './base.ts';

/** Logs the address as it came, with the name that was searched for. */
export const wrong: Wrong = { caughtBy: 'log-tells-no-person' };

const { logRequest } = server;

if (import.meta.main) await main({ logRequest: (line, url) => logRequest({ ...line, route: url }, url) });
