import { setTimeout as sleep } from 'node:timers/promises';
import { ServiceError } from './service-error.ts';

export interface Wait {
  /** What is waited for, such as `PostgreSQL's answer`. */
  what: string;
  /** 60 s when not said. */
  patienceMs?: number;
  /** Ends the wait at once. */
  signal?: AbortSignal | undefined;
  /** Told every five seconds that there still is a wait. */
  say?: ((line: string) => void) | undefined;
}

/** Asks again and again until the answer is yes. */
export async function waitUntil(isSo: () => Promise<boolean>, wait: Wait): Promise<void> {
  const { what, patienceMs = 60_000, signal, say } = wait;
  const begun = performance.now();
  let told = 0;
  while (!(await isSo())) {
    signal?.throwIfAborted();
    const waited = performance.now() - begun;
    if (waited > patienceMs) throw new ServiceError(`Waited ${patienceMs / 1000} s in vain for ${what}.`);
    if (waited > told + 5000) {
      told = waited;
      say?.(`  still waiting for ${what} (${Math.round(waited / 1000)} s)`);
    }
    await sleep(25, undefined, { signal });
  }
}
