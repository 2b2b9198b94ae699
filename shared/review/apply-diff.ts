import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { DiffLine, FileDiff, Hunk } from './unified-diff.ts';

/**
 * Makes the change in the files under `root`. Strict: every line must stand where the diff says, or else the line
 * numbers that people are shown would be wrong.
 *
 * @throws Error that names the file and the line which do not fit
 */
export async function applyDiff(root: string, files: readonly FileDiff[]): Promise<void> {
  for (const diff of files) {
    const before = diff.oldPath === undefined ? '' : await readFile(join(root, diff.oldPath), 'utf8');
    const after = applyToText(before, diff);
    if (diff.oldPath !== undefined && diff.oldPath !== diff.newPath) await rm(join(root, diff.oldPath));
    if (diff.newPath === undefined) continue;
    const path = join(root, diff.newPath);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, after);
  }
}

/** @throws Error when a line of the diff is not where it should be */
export function applyToText(before: string, diff: FileDiff): string {
  const old = before.split(/(?<=\n)/); // Each line keeps its line feed, so that a last one without is told apart.
  const made: string[] = [];
  let done = 0;
  for (const hunk of diff.hunks) {
    const start = firstIndex(hunk);
    if (start < done) throw misfit(diff, hunk.oldStart, 'the hunks are not in order');
    made.push(...old.slice(done, start));
    done = start;
    for (const line of hunk.lines) {
      const wanted = line.text + (line.unended ? '' : '\n');
      if (line.kind === 'added') {
        made.push(wanted);
        continue;
      }
      if (old[done] !== wanted) throw misfit(diff, done + 1, expectation(line, old[done]));
      if (line.kind === 'same') made.push(wanted);
      done += 1;
    }
  }
  return [...made, ...old.slice(done)].join('');
}

/** A hunk that takes no old line names the line before it. */
function firstIndex({ oldStart, lines }: Hunk): number {
  return lines.some(({ kind }) => kind !== 'added') ? oldStart - 1 : oldStart;
}

function expectation({ text }: DiffLine, found: string | undefined): string {
  return `the diff expects "${text}", and there is ${found === undefined ? 'no such line' : `"${found.trimEnd()}"`}`;
}

function misfit({ oldPath, newPath }: FileDiff, line: number, why: string): Error {
  return new Error(`${oldPath ?? newPath}:${line} does not fit: ${why}`);
}
