import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, readdir, realpath, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { ROOT } from '../stages.ts';

/**
 * A folder that stands for the repository's root, so that a command may be typed in it as a learner types it there:
 * the same folders (linked), the same scripts, and none of the learner's own data.
 */
export interface Workbench extends AsyncDisposable {
  readonly folder: string;
  /** Runs a program to its end; what it says goes to `output`, an open file's number. */
  run(words: readonly string[], output: number, options?: RunOptions): Promise<number | undefined>;
  /** Starts a program that goes on until it is ended, whatever happens then, with its child processes. */
  start(words: readonly string[], output: number): Started;
}

export interface RunOptions {
  readonly signal?: AbortSignal;
  /** What it finds on stdin, which is no terminal; nothing, when not said. */
  readonly input?: string | undefined;
}

/** A program that runs. Disposing of it ends it by force, with all that it started. */
export interface Started extends AsyncDisposable {
  /** The exit code; undefined when a signal ended it. */
  readonly ended: Promise<number | undefined>;
  /** What Ctrl-C does in its terminal. */
  interrupt(): void;
  /** Whether it runs, or something that it started: on Ctrl-C npm may leave before the program that it runs. */
  isRunning(): boolean;
}

/** `variables` are set for all that runs in it. */
export async function openWorkbench(
  root = ROOT,
  variables: Readonly<Record<string, string>> = {},
): Promise<Workbench> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'medcenter-')));
  for (const entry of await readdir(root, { withFileTypes: true })) {
    if (entry.name.startsWith('.') || entry.name === 'my') continue;
    // A junction is what Windows lets everyone make; elsewhere the word means nothing.
    if (entry.isDirectory()) await symlink(join(root, entry.name), join(folder, entry.name), 'junction');
  }
  await copyFile(join(root, 'package.json'), join(folder, 'package.json'));
  await mkdir(join(folder, '.tmp'));
  const start = (words: readonly string[], output: number, input?: string) =>
    startProgram(words, { cwd: folder, output, input, env: { ...createEnvironment(folder), ...variables } });
  return {
    folder,
    start,
    async run(words, output, { signal = AbortSignal.timeout(120_000), input } = {}) {
      if (signal.aborted) return undefined;
      await using program = start(words, output, input);
      const end = () => void program[Symbol.asyncDispose]();
      signal.addEventListener('abort', end);
      try {
        return await program.ended;
      } finally {
        signal.removeEventListener('abort', end);
      }
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true, maxRetries: 5 }),
  };
}

interface Surroundings {
  readonly cwd: string;
  readonly output: number;
  readonly input: string | undefined;
  readonly env: NodeJS.ProcessEnv;
}

function startProgram(
  [program = '', ...args]: readonly string[],
  { cwd, output, input, env }: Surroundings,
): Started {
  const [file, ...first] = commandOf(program);
  const child = spawn(file, [...first, ...args], {
    cwd,
    env,
    // One file for both streams, as on a terminal: what was said first stands first.
    stdio: [input === undefined ? 'ignore' : 'pipe', output, output],
    detached: process.platform !== 'win32',
    windowsHide: true,
  });
  child.stdin?.on('error', () => {}).end(input); // It may end without having read it.
  const ended = once(child, 'close').then(([exitCode]): number | undefined => exitCode ?? undefined);
  const isRunning = () => signalTree(child, 0);
  // Also when this process ends in the middle of its work.
  const end = () => void (isRunning() && signalTree(child, 'SIGKILL'));
  process.once('exit', end);
  return {
    ended,
    interrupt: () => void signalTree(child, 'SIGINT'),
    isRunning,
    async [Symbol.asyncDispose]() {
      process.off('exit', end);
      end();
      await ended.catch(() => {}); // Whoever waits for the end learns of a program that could not start.
    },
  };
}

/** On Windows, npm is a batch file, which nobody can start without a shell; npm says where its program is. */
function commandOf(program: string): readonly [string, ...string[]] {
  if (program === 'node') return [process.execPath];
  const npm = process.env.npm_execpath ?? '';
  if (!['npm', 'npx'].includes(program) || basename(npm) !== 'npm-cli.js') return [program];
  return [process.execPath, join(dirname(npm), `${program}-cli.js`)];
}

/**
 * npm starts a shell, and the shell the program: each command leads a group, so that one signal reaches all.
 * Answers whether there was anyone; the signal 0 only asks.
 */
function signalTree({ pid, exitCode, signalCode }: ChildProcess, signal: 'SIGINT' | 'SIGKILL' | 0): boolean {
  if (pid === undefined) return false;
  if (process.platform === 'win32') {
    const isThere = exitCode === null && signalCode === null;
    if (isThere && signal !== 0) spawn('taskkill', ['/pid', String(pid), '/T', '/F']);
    return isThere;
  }
  try {
    return process.kill(-pid, signal);
  } catch {
    return false; // It has ended already.
  }
}

/** A person's own shell, without what npm, the test runner and this system's settings put into it. */
function createEnvironment(folder: string): NodeJS.ProcessEnv {
  const unwanted =
    /^(npm_|NODE_|INIT_CWD$|DATA_FILE$|HOST$|PORT$|LOG_LEVEL$|CORS_ORIGINS$|(REDIS|CACHE|SESSION|PASSWORD|KAFKA|EVENTS|REMINDER|SMTP|GRPC|SCHEDULE|OTEL|SPANS|EVENT_LOOP|SHUTDOWN)_|COLUMNS$|LINES$|FORCE_COLOR$)/i;
  const kept = Object.entries(process.env).filter(([name]) => !unwanted.test(name));
  // What a command that is ended by force leaves among the temporary files goes with the workbench.
  const temporary = join(folder, '.tmp');
  return {
    ...Object.fromEntries(kept),
    ...{ TMPDIR: temporary, TEMP: temporary, TMP: temporary },
    // Dozens of programs start here; each finds what the first one compiled.
    NODE_COMPILE_CACHE: join(temporary, 'compiled'),
    // npm's words on its own settings and versions are not the lesson's.
    ...{ npm_config_loglevel: 'error', npm_config_update_notifier: 'false' },
  };
}
