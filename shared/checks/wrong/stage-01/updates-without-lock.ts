import { setTimeout } from 'node:timers/promises';
import { type Data, main, program, type Wrong } from './base.ts';

/** Locks when somebody is added and forgets that an update reads, changes and writes as well. */
export const wrong: Wrong = { caughtBy: 'updates-at-once-lose-nothing' };

const { locked, write } = program;

async function lockedForAddOnly<T>(file: string, operation: string, work: () => Promise<T>): Promise<T> {
  return operation === 'add' ? locked(file, operation, work) : work();
}

async function writeAfterAWhile(file: string, data: Data): Promise<void> {
  await setTimeout(50);
  await write(file, data);
}

if (import.meta.main) await main({ locked: lockedForAddOnly, write: writeAfterAWhile });
