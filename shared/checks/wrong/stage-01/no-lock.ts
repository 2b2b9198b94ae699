import { setTimeout } from 'node:timers/promises';
import { type Data, main, program, type Wrong } from './base.ts';

/** Reads, changes and writes with nobody kept out: of two that read the same file, one overwrites the other. */
export const wrong: Wrong = { caughtBy: 'fifty-adds-at-once-lose-nothing' };

async function unlocked<T>(_file: string, _operation: string, work: () => Promise<T>): Promise<T> {
  return work();
}

const { write } = program;

async function writeAfterAWhile(file: string, data: Data): Promise<void> {
  await setTimeout(20);
  await write(file, data);
}

if (import.meta.main) await main({ locked: unlocked, write: writeAfterAWhile });
