import { mkdir, rmdir } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { main, Refusal, type Wrong } from './base.ts';

/** Makes a folder as its lock, which stays when its holder is killed: nobody gets in again. */
export const wrong: Wrong = { caughtBy: 'kill-nine-leaves-a-whole-file' };

const PATIENCE = 50;

async function lockedByFolder<T>(file: string, _operation: string, work: () => Promise<T>): Promise<T> {
  for (
    let attempt = 1;
    !(await mkdir(`${file}.locked`).then(
      () => true,
      () => false,
    ));
    attempt++
  ) {
    if (attempt === PATIENCE) throw new Refusal('Somebody else has been writing for too long.');
    await setTimeout(10);
  }
  try {
    return await work();
  } finally {
    await rmdir(`${file}.locked`);
  }
}

if (import.meta.main) await main({ locked: lockedByFolder });
