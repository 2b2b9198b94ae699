import { setTimeout as sleep } from 'node:timers/promises';

const LONGEST_MS = 2_000;

/** Waits longer with each failure, up to two seconds; a little at random, so that those who fail together part. */
export function backOff(failures: number, signal?: AbortSignal): Promise<void> {
  const longest = Math.min(100 * 2 ** Math.min(failures, 10), LONGEST_MS);
  const milliseconds = longest * (0.5 + Math.random() * 0.5);
  return sleep(milliseconds, undefined, signal ? { signal } : {});
}
