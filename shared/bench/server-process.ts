import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import autocannon from 'autocannon';
import type { Figures } from './paired.ts';

/** A server in a process of its own, so that its work is counted apart from that of the one who asks. */
export interface ServerProcess extends AsyncDisposable {
  readonly url: string;
  /** Asks as fast as it can for some seconds. Answers requests a second, and the server's CPU time a request. */
  load(seconds: number): Promise<Figures>;
  /** The CPU time that it has used so far, in microseconds. */
  cpu(): Promise<number>;
  /** Lets a program that is a loop, not a server, run for some seconds. Answers its rounds a second. */
  loop(seconds: number): Promise<Figures>;
}

interface Message {
  readonly url?: string;
  readonly cpuMicroseconds?: number;
  readonly requestsPerSecond?: number;
}

const START_MS = 10_000;

/** `file` is a program in `servers/` that sends its URL, and its CPU time whenever it is asked. */
export async function startServer(file: string, ...args: string[]): Promise<ServerProcess> {
  const path = fileURLToPath(new URL(`servers/${file}`, import.meta.url));
  const child = fork(path, args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const hear = async (patienceMs = START_MS): Promise<Message> => {
    const [message] = await once(child, 'message', { signal: AbortSignal.timeout(patienceMs) });
    return message;
  };
  const { url = '' } = await hear();
  const cpuMicroseconds = async () => {
    const answer = hear();
    child.send('cpu');
    return (await answer).cpuMicroseconds ?? Number.NaN;
  };
  return {
    url,
    cpu: cpuMicroseconds,
    async load(seconds) {
      const before = await cpuMicroseconds();
      const result = await autocannon({ url, connections: 20, duration: seconds });
      if (result.non2xx > 0 || result.errors > 0) throw new Error(`${url} failed under load`);
      const spent = (await cpuMicroseconds()) - before;
      return { requestsPerSecond: result.requests.average, cpuMicroseconds: spent / result.requests.total };
    },
    async loop(seconds) {
      const answer = hear(seconds * 1_000 + START_MS);
      child.send({ loopSeconds: seconds });
      return { requestsPerSecond: (await answer).requestsPerSecond ?? Number.NaN };
    },
    async [Symbol.asyncDispose]() {
      child.kill();
      await once(child, 'exit');
    },
  };
}
