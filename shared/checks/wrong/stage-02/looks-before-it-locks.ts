import { setTimeout } from 'node:timers/promises';
import { main, server, type Wrong } from './base.ts';

/** Compares the tag, then takes the lock and writes: two who look at the same moment both may. */
export const wrong: Wrong = { caughtBy: 'two-puts-with-one-tag' };

const { replace } = server;

const replaceAfterALook: typeof replace = async (id, incoming) => {
  server.refuseOther(server.find(await server.load(), id), incoming);
  await setTimeout(20);
  return replace(id, { ...incoming, headers: { ...incoming.headers, 'if-match': '*' } });
};

if (import.meta.main) await main({ replace: replaceAfterALook });
