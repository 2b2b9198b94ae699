import { setTimeout as sleep } from 'node:timers/promises';

/** Looks again and again until something is there, and answers it. Fails when it is not there in time. */
export async function eventually<T>(
  look: () => T | undefined | false | Promise<T | undefined | false>,
  { patienceMs = 10_000, what = 'it' }: { patienceMs?: number; what?: string } = {},
): Promise<T> {
  for (const deadline = performance.now() + patienceMs; ; await sleep(20)) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > deadline) throw new Error(`waited ${patienceMs} ms for ${what} in vain`);
  }
}
