import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The two that every experiment sets side by side: `naive.ts` and `careful.ts`. */
export const WRITERS = ['naive', 'careful'] as const;
export type Writer = (typeof WRITERS)[number];

/** The path of a data file that is not there yet, in a new folder that is gone after the experiment. */
export function newDataFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'break-it-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'patients.json');
}

/** Starts another process that adds so many patients, once it is told to go. */
export async function startWriter(writer: Writer, file: string, howMany: number) {
  const program = join(import.meta.dirname, 'add-many.ts');
  const child = spawn(process.execPath, [program, writer, file, String(howMany)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    text += chunk;
  });
  const ended = once(child, 'close');
  const output = () => once(child.stdout, 'data');
  await output(); // It says that it is ready.
  return {
    go: () => child.stdin.end(),
    firstReport: output,
    kill: () => child.kill('SIGKILL'),
    ended,
    /** The ids of those whom it added, as it said; the last line may be half an id. */
    reported: () => text.split('\n').slice(1, -1),
  };
}

/** The ids in the file; none when the file is torn. */
export async function idsIn(file: string): Promise<Set<string>> {
  try {
    const { patients } = JSON.parse(await readFile(file, 'utf8'));
    return new Set(patients.map(({ id }: { id: string }) => id));
  } catch {
    return new Set();
  }
}
