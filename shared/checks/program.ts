import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { mkdir, mkdtemp, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Child, type Outcome, startChild } from './children.ts';
import { describeFiles, describeFilesAfter, type Files, readFiles, setUpLines } from './files.ts';
import type { Exchange, Subject } from './harness.ts';
import { describeText } from './text.ts';
import { quoteWord } from './words.ts';

/** What one call of the program gave back, and what it left behind. */
export interface Answer extends Exchange {
  exitCode: number | undefined;
  stdout: string;
  stderr: string;
  /** All that lay in the check's folder, by its path there. */
  before: Files;
  after: Files;
}

export interface CallOptions {
  env?: Readonly<Record<string, string>>;
}

export interface StartOptions extends CallOptions {
  /** In milliseconds. */
  timeLimit?: number;
  /** What it finds on stdin. */
  input?: string | undefined;
}

/** One check's own empty folder, and the program to call in it. */
export interface Program {
  folder: string;
  command: readonly string[];
  /** Puts a file into the folder; the folders on its way are made. */
  put(path: string, contents: string | Buffer): Promise<void>;
  putLink(path: string, target: string): Promise<void>;
  putFolder(path: string): Promise<void>;
  /** Runs the program in the folder to its end. */
  call(args: readonly string[], options?: CallOptions): Promise<Answer>;
  /** Starts the program in the folder and does not wait. */
  start(args: readonly string[], options?: StartOptions): Child;
  /** The same program in a folder inside of this one. */
  inside(name: string): Promise<Program>;
}

export async function preparePrograms({ command, redisUrl }: Subject, stack: AsyncDisposableStack) {
  const parent = await mkdtemp(join(tmpdir(), 'medcenter-check-'));
  // A program that was ended a moment ago may still be letting go of a file.
  const remove = () => rmSync(parent, { recursive: true, force: true, maxRetries: 5 });
  stack.defer(remove);
  // After a Ctrl-C nobody closes the stack.
  process.once('exit', remove);
  stack.defer(() => void process.off('exit', remove));
  // Hundreds of calls of one program: where it runs on Node, each finds what the first ones compiled.
  const env = { NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(parent, 'compiled') };
  return () => {
    const id = randomUUID();
    // One Redis serves them all, and each has its own keys in it, as each has its own folder.
    const inRedis = redisUrl === undefined ? {} : { REDIS_PREFIX: `medcenter:check:${id}:` };
    return createProgram(command, join(parent, id), { ...env, ...inRedis });
  };
}

async function createProgram(
  command: readonly string[],
  folder: string,
  commonEnv: CallOptions['env'],
): Promise<Program> {
  await mkdir(folder, { recursive: true });

  const roomFor = async (path: string) => {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    return join(folder, path);
  };
  const start: Program['start'] = (args, { timeLimit, env, input } = {}) =>
    startChild([...command, ...args], { cwd: folder, env: { ...commonEnv, ...env }, timeLimit, input });

  return {
    folder,
    command,
    put: async (path, contents) => writeFile(await roomFor(path), contents),
    putLink: async (path, target) => symlink(target, await roomFor(path)),
    putFolder: async (path) => void (await mkdir(await roomFor(path))),
    start,
    inside: (name) => createProgram(command, join(folder, name), commonEnv),

    async call(args, { env } = {}) {
      const before = await readFiles(folder);
      const outcome = await start(args, { ...(env && { env }) }).outcome;
      const after = await readFiles(folder);
      const line = commandLine([...command, ...args], env);
      return {
        exitCode: outcome.exitCode,
        stdout: outcome.stdout,
        stderr: outcome.stderr,
        before,
        after,
        sent: `${line}\n${describeFiles(before)}`,
        received: `${describeOutcome(outcome)}\n${describeFilesAfter(before, after)}`,
        repeat: [...setUpLines(before), line].join('\n'),
      };
    },
  };
}

/** The call as one types it in a shell. */
export function commandLine(words: readonly string[], env: CallOptions['env'] = {}): string {
  const settings = Object.entries(env).map(([name, value]) => `${name}=${quoteWord(value)}`);
  return [...settings, ...words.map(quoteWord)].join(' ');
}

/** How it ended, and all that it said. */
export function describeOutcome(outcome: Outcome): string {
  return [
    describeEnd(outcome),
    describeText('stdout', outcome.stdout),
    describeText('stderr', outcome.stderr),
  ].join('\n');
}

export function describeEnd({ exitCode, signal, timedOut, milliseconds }: Outcome): string {
  if (timedOut) return `no end after ${Math.round(milliseconds / 1000)} s: it was ended from here`;
  return exitCode === undefined ? `ended by ${signal ?? 'an error at its start'}` : `exit code ${exitCode}`;
}
