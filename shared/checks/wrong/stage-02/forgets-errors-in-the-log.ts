import { main, server, type Wrong } from './base.ts';

/** Logs what went well, and nothing of what somebody will ask about. */
export const wrong: Wrong = { caughtBy: 'one-log-line-a-request' };

const { logRequest } = server;

if (import.meta.main) await main({ logRequest: (line, url) => line.status < 400 && logRequest(line, url) });
