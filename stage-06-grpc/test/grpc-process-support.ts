import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createFolder, startProgram } from '@medcenter/shared/testing';

const PROGRAM = fileURLToPath(new URL('./grpc-server-process.ts', import.meta.url));

export interface ServerProcess {
  readonly child: ChildProcess;
  readonly port: number;
  /** The last that it told of itself. */
  state(): { memory: number; made: number };
  kill(signal: NodeJS.Signals): Promise<void>;
}

export async function startServerProcess(t: TestContext, port = 0): Promise<ServerProcess> {
  const child = startProgram(t, PROGRAM, [String(port)], { cwd: await createFolder(t), timeoutMs: 90_000 });
  const ready = Promise.withResolvers<number>();
  let state = { memory: 0, made: 0 };
  child.stderr?.on('data', (text) => process.stderr.write(text));
  child.once('exit', () => ready.reject(new Error('the server ended before it was ready')));
  if (!child.stdout) throw new Error('a child without output');
  createInterface(child.stdout).on('line', (line) => {
    const [word, first, second] = line.split(' ');
    if (word === 'ready') ready.resolve(Number(first));
    else state = { memory: Number(first), made: Number(second) };
  });
  return {
    child,
    port: await ready.promise,
    state: () => state,
    async kill(signal) {
      const ended = once(child, 'exit');
      child.kill(signal);
      await ended;
    },
  };
}
