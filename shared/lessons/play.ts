import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { splitWords } from '../checks/words.ts';
import { blockProblems, isRun, notRunCommands } from './blocks.ts';
import { compare, type Ids, putIds } from './compare.ts';
import { type Command, type Console, readConsole } from './console-fence.ts';
import type { Lesson } from './lesson.ts';
import type { Fence } from './markdown.ts';
import type { Problem } from './problem.ts';
import { openWorkbench, type Workbench } from './workbench.ts';

/** In a lesson, the folder where the learner stands: the repository's root. */
const LEARNERS_FOLDER = '/home/you/medcenter';

export interface Played {
  readonly problems: readonly Problem[];
  /** How many commands ran. */
  readonly ran: number;
  /** The commands that did not, each with its reason. */
  readonly notRun: readonly string[];
}

/**
 * Does all that the lesson says, in its order, in a folder that stands for the repository's root. A lesson of which
 * nothing is run is a problem, unless it is a page that need not have commands.
 */
export async function playLesson(lesson: Lesson, { needsCommands = true } = {}): Promise<Played> {
  const notRun = lesson.fences.flatMap(notRunCommands);
  const commands = lesson.fences.filter(isRun).flatMap((fence) => readConsole(fence).commands);
  const played = (problems: Problem[]): Played => ({ problems, ran: commands.length, notRun });

  const problems = lesson.fences.flatMap(blockProblems);
  if (problems.length > 0) return played(problems);
  if (commands.length === 0) {
    return played(needsCommands ? [{ line: 1, message: 'no command of the lesson is run' }] : []);
  }

  await using workbench = await openWorkbench(lesson.root);
  const ids: Ids = new Map();
  for (const fence of lesson.fences) {
    const problem = await playFence(fence, workbench, ids);
    // What comes after it stands on it: one problem would only bring on others.
    if (problem) return played([problem]);
  }
  return played([]);
}

async function playFence(fence: Fence, workbench: Workbench, ids: Ids): Promise<Problem | undefined> {
  if (isRun(fence)) return playConsole(readConsole(fence), workbench, ids);
  const held = fence.attributes.get('holds');
  if (held === undefined) return undefined;
  const actual = await readFile(join(workbench.folder, held), 'utf8').catch(() => '(there is no such file)');
  const difference = compare(fence.lines, actual.split('\n'), ids);
  return difference
    ? { line: fence.line, message: `${held} holds something else. ${difference}` }
    : undefined;
}

async function playConsole(block: Console, workbench: Workbench, ids: Ids): Promise<Problem | undefined> {
  for (const command of block.commands) {
    const message = await playCommand(command, block, workbench, ids);
    if (message) return { line: command.line, message: `${command.text}\n${message}` };
  }
  return undefined;
}

async function playCommand(
  { text, expected }: Command,
  { exitCode, figuresVary }: Console,
  workbench: Workbench,
  ids: Ids,
): Promise<string | undefined> {
  const ran = await runForOutput(workbench, splitWords(putIds(text, ids)));
  const lines = asLearnerSees(ran.output, workbench.folder).split(/\r?\n/);
  const difference = compare(expected, lines, ids, figuresVary);
  if (difference) return difference;
  if (ran.exitCode !== exitCode)
    return `It left with ${ran.exitCode ?? 'a signal'}, not with exit=${exitCode}.`;
  return undefined;
}

async function runForOutput(workbench: Workbench, words: readonly string[]) {
  const folder = await mkdtemp(join(tmpdir(), 'medcenter-output-'));
  try {
    await using file = await open(join(folder, 'output.txt'), 'a');
    const exitCode = await workbench.run(words, file.fd);
    return { exitCode, output: await readFile(join(folder, 'output.txt'), 'utf8') };
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

function asLearnerSees(output: string, folder: string): string {
  return output
    .replaceAll(`${folder}\\`, `${LEARNERS_FOLDER}/`) // Windows.
    .replaceAll(folder, LEARNERS_FOLDER);
}
