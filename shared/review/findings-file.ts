import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { UsageError } from '../stages.ts';
import { type Finding, parseFindings } from './finding.ts';
import { NOTES_FOLDER } from './notes.ts';
import type { Review } from './review.ts';

/**
 * The findings that a file holds; `-` is what is piped in. With a line that cannot be read none count: a grade
 * would open the key before the line is mended.
 *
 * @throws UsageError that names each such line and its remedy
 */
export async function readFindingsFile(file: string, review: Review): Promise<Finding[]> {
  const typed = await readTyped(file);
  const { findings, problems } = parseFindings(typed, review.files);
  const shown = file === '-' ? 'What was piped in' : `The file ${file}`;
  if (problems.length > 0) {
    const lines = problems.map((each) => `Line ${each.line} ${each.problem}\n  ${each.typed.trim()}`);
    const kept = file === '-' ? `is kept in ${await keep(typed, review)}` : 'was left as it is';
    throw new UsageError([...lines, `Nothing is graded yet. ${shown} ${kept}.`].join('\n'));
  }
  if (findings.length === 0)
    throw new UsageError(`${shown} holds no finding: write one a line, file:line consequence.`);
  return findings;
}

async function readTyped(file: string): Promise<string> {
  if (file === '-') return text(process.stdin);
  try {
    // npm moves to the repository's root; a path means the folder where the person typed it.
    return await readFile(resolve(process.env.INIT_CWD ?? process.cwd(), file), 'utf8');
  } catch (error) {
    throw new UsageError(`The findings cannot be read: ${error instanceof Error ? error.message : error}`);
  }
}

/** What came through a pipe is nowhere else. */
async function keep(typed: string, { stage }: Review): Promise<string> {
  const path = join(NOTES_FOLDER, `${stage.folder}-piped-${Date.now()}.txt`);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, typed);
  return path;
}
