import { open, rename } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { type Data, main, program, type Wrong } from './base.ts';

/** Always takes the same temporary name, and refuses when it is taken: the first one that was killed blocks all others. */
export const wrong: Wrong = { caughtBy: 'kill-nine-leaves-a-whole-file' };

async function writeBeside(file: string, data: Data): Promise<void> {
  const handle = await open(`${file}.tmp`, 'wx', 0o600);
  await handle.writeFile(program.encode(data));
  await handle.sync();
  await setTimeout(5);
  await handle.close();
  await rename(`${file}.tmp`, file);
}

if (import.meta.main) await main({ write: writeBeside });
