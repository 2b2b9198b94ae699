import { setTimeout } from 'node:timers/promises';
import { type Data, main, program, type Wrong } from './base.ts';

/** Prints the record first and writes afterwards, to seem quick: a kill in between takes back what was promised. */
export const wrong: Wrong = { caughtBy: 'kill-nine-leaves-a-whole-file' };

const { write } = program;

async function printThenWrite(file: string, data: Data): Promise<void> {
  const newest = data.patients.at(-1);
  if (newest) program.print(newest, true);
  program.print = () => {};
  await setTimeout(5);
  await write(file, data);
}

if (import.meta.main) await main({ write: printThenWrite });
