import { type ChildProcess, spawn } from 'node:child_process';
import type { TestContext } from 'node:test';

export interface ProgramOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** Ended by force after this; 30 s when not said. */
  readonly timeoutMs?: number;
}

export interface ProgramResult {
  readonly stdout: string;
  readonly stderr: string;
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
}

/** Starts a TypeScript or JavaScript program under this very Node. It is ended with the test. */
export function startProgram(
  t: TestContext,
  file: string,
  args: readonly string[],
  options: ProgramOptions,
): ChildProcess {
  const child = spawn(process.execPath, [file, ...args], {
    cwd: options.cwd,
    env: { ...cleanEnvironment(), ...options.env },
    timeout: options.timeoutMs ?? 30_000,
    killSignal: 'SIGKILL',
  });
  child.stdin.on('error', () => {}); // The program may leave without reading its input.
  child.stdin.end(options.input ?? '');
  t.after(() => child.kill('SIGKILL'));
  return child;
}

/** Runs a program to its end. */
export async function runProgram(
  t: TestContext,
  file: string,
  args: readonly string[],
  options: ProgramOptions,
): Promise<ProgramResult> {
  const child = startProgram(t, file, args, options);
  const [stdout, stderr, exitCode] = await Promise.all([
    collect(child.stdout),
    collect(child.stderr),
    new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve)),
  ]);
  return { stdout, stderr, exitCode };
}

/** What a person's shell has, without what npm and the test runner put there for themselves. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const shell = ['PATH', 'HOME', 'TMPDIR', 'TEMP', 'TMP', 'SystemRoot', 'ComSpec', 'PATHEXT', 'LANG', 'TZ'];
  // Hundreds of starts of a few programs: each finds what the first ones compiled.
  const wanted = [...shell, 'NODE_COMPILE_CACHE'];
  return Object.fromEntries(
    wanted.map((name) => [name, process.env[name]]).filter(([, value]) => value !== undefined),
  );
}

async function collect(stream: NodeJS.ReadableStream | null): Promise<string> {
  let text = '';
  for await (const chunk of stream?.setEncoding('utf8') ?? []) text += chunk;
  return text;
}
