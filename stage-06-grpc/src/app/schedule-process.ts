import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

export interface SupervisedProgram {
  readonly command: string;
  readonly args: readonly string[];
  /** All of its environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Each line that it writes. */
  onLine(line: string, from: 'stdout' | 'stderr'): void;
  /** Whether a line tells that it is ready. */
  isReady(line: string): boolean;
  /** What it sends over the channel. */
  onMessage?(message: unknown): void;
  /** It ended without being told to, and is started again after so many milliseconds. */
  onRestart?(how: string, afterMs: number): void;
  readonly limits?: Partial<typeof SUPERVISION_LIMITS>;
}

/** In milliseconds. */
export const SUPERVISION_LIMITS = {
  /** To say that it is ready. */
  readyMs: 30_000,
  /** To end when it is told to; then it is killed. */
  stopMs: 10_000,
  firstRestartMs: 100,
  longestRestartMs: 2_000,
  /** Who lived for so long is started again soon. */
  steadyMs: 30_000,
};

export interface Supervised extends AsyncDisposable {
  /** The process that runs now, if one does. */
  pid(): number | undefined;
  /** Sends over the channel. To a process that is just not there, nothing is sent. */
  send(message: object): void;
  /** Ends it at once, whatever it does, for a parent that goes itself. */
  kill(): void;
}

/** The first start failed. */
export class ProgramFailed extends Error {
  override readonly name = 'ProgramFailed';
  readonly code = 'program_failed';
  /** Undefined when a signal ended it, or nothing was there to start. */
  readonly exitCode: number | undefined;

  constructor(message: string, exitCode?: number) {
    super(message);
    this.exitCode = exitCode;
  }
}

/**
 * Runs a program as a process of its own until it is disposed of, and starts it again when it dies. Answers when it is
 * ready for the first time. The process has a channel to this one, by which it knows when this one is gone.
 * @throws ProgramFailed when it ends before it is ready, or is not ready in time
 */
export async function superviseProcess(program: SupervisedProgram): Promise<Supervised> {
  const limits = { ...SUPERVISION_LIMITS, ...program.limits };
  const stop = new AbortController();
  let run = startRun(program);
  try {
    await untilReady(run, limits.readyMs);
  } catch (error) {
    await end(run, 0);
    throw error;
  }
  const keepUp = async () => {
    for (let restarts = 0; ; restarts += 1) {
      const { text } = await run.ended;
      if (stop.signal.aborted) return;
      if (performance.now() - run.startedAt > limits.steadyMs) restarts = 0;
      const waitMs = Math.min(limits.firstRestartMs * 2 ** restarts, limits.longestRestartMs);
      program.onRestart?.(text, waitMs);
      await sleep(waitMs, undefined, { signal: stop.signal }).catch(() => {});
      if (stop.signal.aborted) return;
      run = startRun(program);
    }
  };
  const keptUp = keepUp();
  return {
    pid: () => run.child.pid,
    send(message) {
      if (run.child.connected) run.child.send(message, () => {});
    },
    kill() {
      stop.abort();
      run.child.kill('SIGKILL');
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await end(run, limits.stopMs);
      await keptUp;
    },
  };
}

interface Run {
  readonly child: ChildProcess;
  readonly startedAt: number;
  readonly ready: { readonly promise: Promise<void>; isDone: boolean };
  /** Settles when it has ended and all that it wrote is read. */
  readonly ended: Promise<{ readonly text: string; readonly exitCode?: number }>;
}

function startRun({ command, args, env, onLine, isReady, onMessage }: SupervisedProgram): Run {
  const { promise, resolve } = Promise.withResolvers<void>();
  const ready = { promise, isDone: false };
  const child = spawn(command, args, {
    env,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // Ctrl-C goes to a whole group: in one of its own, the program is there until its parent has done with it.
    detached: process.platform !== 'win32',
  });
  const read = (stream: Readable | null, from: 'stdout' | 'stderr') => {
    if (!stream) return;
    createInterface(stream).on('line', (line) => {
      onLine(line, from);
      if (ready.isDone || !isReady(line)) return;
      ready.isDone = true;
      resolve();
    });
  };
  if (onMessage) child.on('message', onMessage);
  read(child.stdout, 'stdout');
  read(child.stderr, 'stderr');
  return { child, startedAt: performance.now(), ready, ended: howItEnded(child) };
}

async function howItEnded(child: ChildProcess): Promise<{ text: string; exitCode?: number }> {
  try {
    const [exitCode, signal] = await once(child, 'close');
    return exitCode === null ? { text: `ended by ${signal}` } : { text: `ended with ${exitCode}`, exitCode };
  } catch (error) {
    return { text: `could not be started: ${(error as NodeJS.ErrnoException).code}` };
  }
}

async function untilReady({ ready, ended }: Run, limitMs: number): Promise<void> {
  const given = new AbortController();
  const late = sleep(limitMs, undefined, { signal: given.signal }).then(
    () => Promise.reject(new ProgramFailed(`the schedule service is not ready after ${limitMs} ms`)),
    () => {},
  );
  const failed = ended.then(({ text, exitCode }) => {
    throw new ProgramFailed(`the schedule service ${text} before it was ready`, exitCode);
  });
  failed.catch(() => {}); // Later on, an end is no failure of the start.
  try {
    await Promise.race([ready.promise, failed, late]);
  } finally {
    given.abort();
  }
}

/** SIGTERM; and SIGKILL when that was not heard in time. */
async function end({ child, ended }: Run, limitMs: number): Promise<void> {
  child.kill('SIGTERM');
  const limit = setTimeout(() => child.kill('SIGKILL'), limitMs);
  await ended;
  clearTimeout(limit);
}

/**
 * For the process that is supervised: calls when its parent is gone, however that ended, and ends the process when it is
 * still there after a while. Where there is no parent of that kind, it does nothing. It keeps nothing alive.
 */
export function endWithParent(onGone: () => void, limitMs = SUPERVISION_LIMITS.stopMs): void {
  const end = () => {
    setTimeout(() => process.exit(1), limitMs).unref();
    onGone();
  };
  // False, and not undefined: there was a parent, and it has gone while this program was being loaded.
  if (process.connected === false) end();
  else {
    process.channel?.unref();
    process.once('disconnect', end);
  }
}
