import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { splitWords } from '../checks/words.ts';
import { blockProblems, isRun, notRunCommands } from './blocks.ts';
import { compare, compareAnyOrder, putIds } from './compare.ts';
import { type Command, type Console, MACHINES_PROGRAMS, readConsole } from './console-fence.ts';
import { asLearnerSees, type Desk, openDesk, typedHere } from './desk.ts';
import type { Lesson } from './lesson.ts';
import type { Fence } from './markdown.ts';
import type { Problem } from './problem.ts';
import { startServer } from './server.ts';

/** In what a server's terminal shows: a person pressed Ctrl-C. */
const INTERRUPT = '^C';
/** A server may take so long until it is ready, on a machine that is busy. */
const START_MS = 30_000;

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
  const commands = commandsOf(lesson);
  const played = (problems: Problem[]): Played => ({ problems, ran: commands.length, notRun });

  const problems = lesson.fences.flatMap(blockProblems);
  if (problems.length > 0) return played(problems);
  if (commands.length === 0) {
    return played(needsCommands ? [{ line: 1, message: 'no command of the lesson is run' }] : []);
  }

  await using desk = await openDesk(lesson.root, basename(lesson.folder));
  for (const fence of lesson.fences) {
    const problem = await playFence(fence, desk);
    // What comes after it stands on it: one problem would only bring on others.
    if (problem) return played([problem]);
  }
  return played([]);
}

/** The programs in the lesson's commands that a machine may not have. */
export function programsOf(lesson: Lesson): string[] {
  const programs = commandsOf(lesson).map(({ text }) => text.split(' ', 1)[0] ?? '');
  return MACHINES_PROGRAMS.filter((program) => programs.includes(program));
}

function commandsOf(lesson: Lesson): Command[] {
  return lesson.fences.filter(isRun).flatMap((fence) => [...readConsole(fence).commands]);
}

async function playFence(fence: Fence, desk: Desk): Promise<Problem | undefined> {
  if (isRun(fence)) return playConsole(readConsole(fence), desk);
  const { line, attributes, lines } = fence;
  if (attributes.has('server')) {
    const message = await playServer(lines, desk, {
      figuresVary: attributes.get('figures') === 'vary',
      anyOrder: attributes.get('lines') === 'any-order',
    });
    return message ? { line, message } : undefined;
  }
  const held = attributes.get('holds');
  if (held === undefined) return undefined;
  const path = join(desk.workbench.folder, held);
  const actual = await readFile(path, 'utf8').catch(() => '(there is no such file)');
  const difference = compare(lines, actual.split('\n'), desk.ids);
  return difference ? { line, message: `${held} holds something else. ${difference}` } : undefined;
}

async function playConsole(block: Console, desk: Desk): Promise<Problem | undefined> {
  for (const command of block.commands) {
    const message = block.isServer
      ? await playStart(command, block, desk)
      : await playCommand(command, block, desk);
    if (message) return { line: command.line, message: `${command.text}\n${message}` };
  }
  return undefined;
}

async function playCommand(
  { text, expected }: Command,
  { exitCode, figuresVary, input }: Console,
  desk: Desk,
): Promise<string | undefined> {
  const ran = await runForOutput(desk, splitWords(typedHere(putIds(text, desk.ids), desk)), input);
  const lines = asLearnerSees(ran.output, desk).split(/\r?\n/);
  const difference = compare(expected, lines, desk.ids, figuresVary);
  if (difference) return difference;
  if (ran.exitCode !== exitCode)
    return `It left with ${ran.exitCode ?? 'a signal'}, not with exit=${exitCode}.`;
  return undefined;
}

async function playStart(
  { text, expected }: Command,
  { figuresVary }: Console,
  desk: Desk,
): Promise<string | undefined> {
  if (desk.server) return 'The server before it still runs: end it with ^C.';
  desk.server = await startServer(desk.workbench, splitWords(typedHere(putIds(text, desk.ids), desk)));
  return await playServer(expected, desk, { figuresVary, patienceMs: START_MS });
}

interface ServerPatience {
  readonly figuresVary: boolean;
  readonly anyOrder?: boolean;
  readonly patienceMs?: number;
}

/** Compares what the server's terminal shows since it was last looked at; a last line `^C` ends the server. */
async function playServer(
  expected: readonly string[],
  desk: Desk,
  { figuresVary, anyOrder = false, patienceMs = 5_000 }: ServerPatience,
): Promise<string | undefined> {
  const { server } = desk;
  if (!server) return 'No server runs here.';
  const interrupts = expected.at(-1)?.trim() === INTERRUPT;
  const wanted = interrupts ? expected.slice(0, -1) : expected;
  const differenceTo = (text: string, ids = desk.ids) =>
    (anyOrder ? compareAnyOrder : compare)(
      wanted,
      asLearnerSees(text, desk).split(/\r?\n/),
      ids,
      figuresVary,
    );
  // A server goes on writing: the lines are there once they fit. What is tried meanwhile settles no ids.
  const difference = differenceTo(
    await server.read((text) => !differenceTo(text, new Map(desk.ids)), { patienceMs }),
  );
  if (difference || !interrupts) return difference;
  const { hasEnded, exitCode } = await server.interrupt();
  await server[Symbol.asyncDispose]();
  desk.server = undefined;
  if (!hasEnded) return 'The server did not end.';
  // Windows knows no Ctrl-C from outside: there it is ended by force.
  return exitCode && process.platform !== 'win32'
    ? `The server left with ${exitCode}, not with 0.`
    : undefined;
}

async function runForOutput({ workbench }: Desk, words: readonly string[], input: string | undefined) {
  const folder = await mkdtemp(join(tmpdir(), 'medcenter-output-'));
  try {
    await using file = await open(join(folder, 'output.txt'), 'a');
    const exitCode = await workbench.run(words, file.fd, { input });
    return { exitCode, output: await readFile(join(folder, 'output.txt'), 'utf8') };
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
