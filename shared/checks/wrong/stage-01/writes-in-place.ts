import { open } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { type Data, main, program, type Wrong } from './base.ts';

/** Opens the real file for writing and fills it piece by piece, as a stream does: a kill in between leaves a part. */
export const wrong: Wrong = { caughtBy: 'kill-nine-leaves-a-whole-file' };

const PIECE = 64 * 1024;

async function writeInPlace(file: string, data: Data): Promise<void> {
  const handle = await open(file, 'w', 0o600);
  const bytes = Buffer.from(program.encode(data));
  for (let start = 0; start < bytes.length; start += PIECE) {
    await handle.write(bytes.subarray(start, start + PIECE));
    await setTimeout(1);
  }
  await handle.close();
}

if (import.meta.main) await main({ write: writeInPlace });
