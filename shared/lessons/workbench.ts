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
  /** Runs a program of `npm`, `npx` and `node` to its end; what it says goes to `output`, an open file's number. */
  run(words: readonly string[], output: number, signal?: AbortSignal): Promise<number | undefined>;
}

export async function openWorkbench(root = ROOT): Promise<Workbench> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'medcenter-')));
  for (const entry of await readdir(root, { withFileTypes: true })) {
    if (entry.name.startsWith('.') || entry.name === 'my') continue;
    // A junction is what Windows lets everyone make; elsewhere the word means nothing.
    if (entry.isDirectory()) await symlink(join(root, entry.name), join(folder, entry.name), 'junction');
  }
  await copyFile(join(root, 'package.json'), join(folder, 'package.json'));
  await mkdir(join(folder, '.tmp'));
  return {
    folder,
    run: (words, output, signal) => runProgram(words, folder, output, signal),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true, maxRetries: 5 }),
  };
}

/** @returns the exit code; undefined when a signal ended it */
async function runProgram(
  [program = '', ...args]: readonly string[],
  cwd: string,
  output: number,
  signal: AbortSignal = AbortSignal.timeout(120_000),
): Promise<number | undefined> {
  if (signal.aborted) return undefined;
  const [file, ...first] = commandOf(program);
  const child = spawn(file, [...first, ...args], {
    cwd,
    env: createEnvironment(cwd),
    // One file for both streams, as on a terminal: what was said first stands first.
    stdio: ['ignore', output, output],
    detached: process.platform !== 'win32',
    windowsHide: true,
  });
  const end = () => endTree(child);
  signal.addEventListener('abort', end);
  try {
    const [exitCode] = await once(child, 'close');
    return exitCode ?? undefined;
  } finally {
    signal.removeEventListener('abort', end);
  }
}

/** On Windows, npm is a batch file, which nobody can start without a shell; npm says where its program is. */
function commandOf(program: string): readonly [string, ...string[]] {
  if (program === 'node') return [process.execPath];
  const npm = process.env.npm_execpath ?? '';
  if (basename(npm) !== 'npm-cli.js') return [program];
  return [process.execPath, join(dirname(npm), `${program}-cli.js`)];
}

/** npm starts a shell, and the shell the program: each command leads a group, so that one signal reaches all. */
function endTree({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    if (process.platform === 'win32') spawn('taskkill', ['/pid', String(pid), '/T', '/F']);
    else process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}

/** A person's own shell, without what npm, the test runner and this system's settings put into it. */
function createEnvironment(folder: string): NodeJS.ProcessEnv {
  const unwanted = /^(npm_|NODE_|INIT_CWD$|DATA_FILE$|HOST$|PORT$|LOG_LEVEL$|COLUMNS$|LINES$|FORCE_COLOR$)/i;
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
