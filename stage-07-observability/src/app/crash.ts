import type { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../observability/index.ts';

/** For the last line, and the spans: whoever cannot take them by then does not get them. */
const FLUSH_MS = 1_000;

export interface LastWords {
  /** Resolves when the log, and what else is to be kept, is out. The log on stdout when not said. */
  flush?(): Promise<unknown>;
  exit?(code: number): void;
}

/**
 * After an error that nobody caught, nobody knows in which state the program is: it says what happened, and ends with 1.
 * Who supervises it starts it again. In force until disposed of.
 */
export function endOnCrash(
  logger: Pick<Logger, 'fatal'>,
  { flush = () => flushed(process.stdout), exit = process.exit }: LastWords = {},
): Disposable {
  let isEnding = false;
  const end = async (error: unknown, origin: string) => {
    // What fails on the way out is no news.
    if (isEnding) return;
    isEnding = true;
    process.exitCode = 1;
    try {
      logger.fatal({ err: error, origin }, 'an error that nobody caught ends the program');
      await inTime(flush);
    } finally {
      exit(1);
    }
  };
  const onException = (error: unknown) => void end(error, 'uncaughtException');
  const onRejection = (reason: unknown) => void end(reason, 'unhandledRejection');
  process.on('uncaughtException', onException);
  process.on('unhandledRejection', onRejection);
  return {
    [Symbol.dispose]() {
      process.off('uncaughtException', onException);
      process.off('unhandledRejection', onRejection);
    },
  };
}

/** Waits for it, but not for ever; how it went matters to nobody any more. */
export async function inTime(flush: () => Promise<unknown>, limitMs = FLUSH_MS): Promise<void> {
  const limit = new AbortController();
  const late = sleep(limitMs, undefined, { signal: limit.signal });
  try {
    await Promise.race([flush(), late]);
  } catch {
    // The same: what could not be kept is lost.
  } finally {
    limit.abort();
    late.catch(() => {});
  }
}

/** Resolves when all that was written to a stream has left the process. */
export function flushed(out: Writable): Promise<void> {
  return new Promise((resolve) => {
    out.write('', () => resolve());
  });
}
