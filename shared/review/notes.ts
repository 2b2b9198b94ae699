import { existsSync } from 'node:fs';
import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ROOT, type Stage } from '../stages.ts';

/** Not under git's eye. */
export const NOTES_FOLDER = join(ROOT, '.local', 'review');

/** The findings that were typed, in a file of their own: an interrupted review goes on where it stopped. */
export interface Notes {
  readonly path: string;
  /** All that was typed so far, a finding a line. */
  read(): Promise<string>;
  add(typed: string): Promise<void>;
}

export function openNotes(stage: Stage, folder: string = NOTES_FOLDER): Notes {
  const path = join(folder, `${stage.folder}.txt`);
  return {
    path,
    async read() {
      return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return '';
        throw error;
      });
    },
    async add(typed) {
      await mkdir(dirname(path), { recursive: true });
      await appendFile(path, `${typed.trim()}\n`);
    },
  };
}

/** For one who leaves before the end. */
export function whereKept({ path }: Notes): string {
  if (!existsSync(path)) return 'No finding was taken, so none is kept.';
  return `Your findings are kept in ${path}; the same command goes on from there.`;
}
