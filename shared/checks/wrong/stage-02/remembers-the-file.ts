import { type Data, main, server, type Wrong } from './base.ts';

/** Reads the file once, for speed, and goes on from memory: what the command line changes is never seen, and undone. */
export const wrong: Wrong = { caughtBy: 'command-line-and-server-see-each-other' };

const { load } = server;
let remembered: Promise<Data> | undefined;

function loadOnce(): Promise<Data> {
  remembered ??= load();
  return remembered;
}

if (import.meta.main) await main({ load: loadOnce });
