import { randomUUID } from 'node:crypto';
import { rename, writeFile } from 'node:fs/promises';
import { type Data, main, program, type Wrong } from './base.ts';

/** Leaves the mode of the file to the default, which lets everybody on the machine read it. */
export const wrong: Wrong = { caughtBy: 'file-is-private' };

async function writeOpenly(file: string, data: Data): Promise<void> {
  const temporary = `${file}.${randomUUID()}`;
  await writeFile(temporary, program.encode(data), { flush: true, mode: 0o644 });
  await rename(temporary, file);
}

if (import.meta.main) await main({ write: writeOpenly });
