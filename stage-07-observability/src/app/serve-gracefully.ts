import { setTimeout as sleep } from 'node:timers/promises';
import { explainFailedStart, type Running, type Supervised } from '@medcenter/stage-06-grpc/app';
import type { Logger } from '../observability/index.ts';
import { flushed, inTime } from './crash.ts';
import type { Observability } from './open-observability.ts';

/** In which those who keep a connection open for later are told that it ends: the time between two of their requests. */
const FAREWELL_MS = 200;

/** A program that can be told that its end is near. */
export interface RunningGracefully extends Running {
  readonly logger: Pick<Logger, 'info' | 'fatal'>;
  /** From now on it is not ready, and goes on as before: whoever sends requests here is to notice. */
  stopping(): void;
  /** Ends at once what would outlive this process. */
  cutOff?(): void;
  /** The names of what is still to be closed: see `createClosingSteps`. */
  unclosed?(): readonly string[];
}

/** The API of this stage, with what it tells of itself. */
export interface RunningObserved extends RunningGracefully, Observability {
  readonly logger: Logger;
  /** The schedule service, where it is a process of our own. */
  readonly schedule?: Supervised | undefined;
}

export interface Endings {
  /** Between the signal and the closing: the time in which a load balancer notices that this one is not ready. */
  readonly delayMs: number;
  /** For the closing, with the requests that are in flight. */
  readonly timeoutMs: number;
  exit?(code: number): void;
}

/**
 * Runs until Ctrl-C or SIGTERM; then it is no longer ready, goes on for a while, and closes what it opened. What does
 * not close in time is left, with a line in the log and exit code 1. A second signal ends it at once, with 1.
 * Answers the exit code; errors that it cannot explain, it throws.
 */
export async function serveGracefully(
  open: () => Promise<RunningGracefully>,
  say: (text: string) => void,
  { delayMs, timeoutMs, exit = process.exit }: Endings,
): Promise<0 | 1> {
  let cutOff = () => {};
  using signals = listenForEnd(() => {
    cutOff();
    exit(1);
  });
  try {
    const running = await open();
    cutOff = running.cutOff ?? cutOff;
    const address = `API: ${running.url}/api/v1   for people: ${running.url}/docs   Ctrl-C ends it`;
    say([...running.needs, address].join('\n'));
    const signal = await signals.first;
    running.stopping();
    running.logger.info({ signal, delayMs, timeoutMs }, 'the program ends');
    await sleep(Math.max(delayMs, FAREWELL_MS));
    await closeInTime(running, timeoutMs, exit);
    return 0;
  } catch (error) {
    const explanation = explainFailedStart(error);
    if (!explanation) throw error;
    say(explanation);
    return 1;
  }
}

function listenForEnd(onSecond: () => void): { readonly first: Promise<string> } & Disposable {
  const first = Promise.withResolvers<string>();
  let count = 0;
  const onSignal = (signal: string) => {
    count += 1;
    if (count === 1) first.resolve(signal);
    else onSecond();
  };
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, onSignal);
  return {
    first: first.promise,
    [Symbol.dispose]() {
      for (const signal of ['SIGINT', 'SIGTERM']) process.off(signal, onSignal);
    },
  };
}

/**
 * Closes it. The limit stays in force afterwards, and keeps nothing alive by itself: something that was not closed may
 * keep the process running, which would otherwise never end.
 */
async function closeInTime(
  running: RunningGracefully,
  timeoutMs: number,
  exit: (code: number) => void,
): Promise<void> {
  const limit = setTimeout(() => void endHard(running, timeoutMs, exit), timeoutMs);
  try {
    await running[Symbol.asyncDispose]();
  } finally {
    limit.unref();
  }
}

async function endHard(
  { logger, unclosed, cutOff }: RunningGracefully,
  timeoutMs: number,
  exit: (code: number) => void,
): Promise<void> {
  const resources = [...new Set(process.getActiveResourcesInfo())];
  logger.fatal(
    { timeoutMs, unclosed: unclosed?.(), resources },
    'not all ended in time: the program is cut off',
  );
  await inTime(() => flushed(process.stdout));
  cutOff?.();
  exit(1);
}
