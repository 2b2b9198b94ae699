import { once } from 'node:events';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Workbench } from './workbench.ts';

/** A program that goes on, in a terminal of its own. Disposing of it ends it by force. */
export interface Server extends AsyncDisposable {
  /**
   * What it printed since it was last read, as soon as that is `enough`; without more patience, or when the program
   * has ended, whatever there is.
   */
  read(
    enough: (text: string) => boolean,
    options: { patienceMs: number; signal?: AbortSignal },
  ): Promise<string>;
  /**
   * Presses Ctrl-C in its terminal. Answers whether it ended, and how: there is no exit code where npm says no more
   * than that it was interrupted.
   */
  interrupt(): Promise<{ hasEnded: boolean; exitCode?: number | undefined }>;
}

/** Longer than a server may take to finish what is in flight. */
const END_MS = 15_000;

export async function startServer(workbench: Workbench, words: readonly string[]): Promise<Server> {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'medcenter-server-'));
  stack.defer(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  const path = join(folder, 'output.txt');
  const output = stack.use(await open(path, 'a'));
  const program = stack.use(workbench.start(words, output.fd));
  let hasEnded = false;
  const ended = program.ended.finally(() => {
    hasEnded = true;
  });
  ended.catch(() => {}); // Told by `interrupt`, and by what is missing in what it printed.
  let seen = 0;
  const opened = stack.move();
  return {
    async read(enough, { patienceMs, signal }) {
      const deadline = performance.now() + patienceMs;
      for (;;) {
        const last = hasEnded || signal?.aborted || performance.now() > deadline;
        const text = await readFile(path, 'utf8');
        const fresh = text.slice(seen);
        const isEnough = enough(fresh);
        if (isEnough) seen = text.length;
        if (isEnough || last) return fresh;
        await sleep(50);
      }
    },
    async interrupt() {
      const deadline = performance.now() + END_MS;
      program.interrupt();
      while (performance.now() < deadline && (!hasEnded || program.isRunning())) await sleep(20);
      return hasEnded ? { hasEnded, exitCode: await ended } : { hasEnded };
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

/** A port on which nobody listens at this moment. */
export async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address ? address.port : 0;
}
