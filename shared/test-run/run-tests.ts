import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import type { FileCount } from './count-reporter.ts';
import { startTestServices, type TestService, testServices } from './test-services.ts';
import { chooseWorkspaces, testFileName, type Workspace } from './workspaces.ts';

/** Test files at a time. More than the runner's own choice, which on two cores is one: most of ours wait for children. */
const concurrency = 3;

/**
 * Runs the tests of some workspaces, or of all, in one run of Node's own test runner. Leading words name workspaces;
 * what follows goes to the runner, but for names of test files, which narrow the run to these. Answers the exit code:
 * a workspace without test files, a file called like a test that the runner does not take, a file without tests and a
 * run without tests are failures.
 *
 * The services that the workspaces need run meanwhile, and are told to the tests by environment variables.
 */
export async function runTests(
  args: readonly string[],
  root: string,
  services: Readonly<Record<string, TestService>> = testServices,
): Promise<number> {
  const options = args.slice(leadingWords(args));
  const workspaces = chooseWorkspaces(args.slice(0, leadingWords(args)), root);
  const misnamed = workspaces.flatMap((workspace) => workspace.misnamed);
  if (misnamed.length > 0)
    return refuse(`A test file is called *.test.ts or *.test.mts. Rename ${misnamed.join(', ')}.`);
  const empty = workspaces.filter(({ files }) => files.length === 0);
  if (empty.length > 0)
    return refuse(`No test file (*.test.ts, *.test.mts) in ${empty.map(({ folder }) => folder).join(', ')}.`);

  const wanted = options.filter((option) => testFileName.test(option) && !option.startsWith('-'));
  const files = workspaces.flatMap((workspace) => workspace.files).filter((file) => isWanted(file, wanted));
  if (files.length === 0) return refuse(`No test file is called ${wanted.join(' or ')}.`);
  announce(workspaces, files);

  const passedOn = options.filter((option) => !wanted.includes(option));
  return await untilInterrupted(async (signal) => {
    await using started = await startTestServices({ workspaces, root, services, signal });
    return started.failed ? 1 : await runFiles(files, passedOn, root, { ...started, signal });
  });
}

interface Surroundings {
  environment: Readonly<Record<string, string>>;
  signal: AbortSignal;
}

async function runFiles(
  files: string[],
  options: string[],
  root: string,
  { environment, signal }: Surroundings,
): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'medcenter-tests-'));
  try {
    const counts = join(folder, 'counts.json');
    // The tests start the same few programs hundreds of times: what the first ones compiled serves the others.
    const env = { NODE_COMPILE_CACHE: join(folder, 'compiled'), ...environmentForTests(), ...environment };
    const exitCode = await runNode([...runnerOptions(counts, options), ...files], root, env, signal);
    return exitCode || judge(JSON.parse(readFileSync(counts, 'utf8')), files, options.length > 0, root);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Interrupted, the run still ends what it started. Its signal's reason is the name of what interrupted it. */
async function untilInterrupted(work: (signal: AbortSignal) => Promise<number>): Promise<number> {
  const interruption = new AbortController();
  const interrupt = (name: NodeJS.Signals) => interruption.abort(name);
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const name of names) process.on(name, interrupt);
  try {
    return await work(interruption.signal);
  } catch (error) {
    if (!interruption.signal.aborted) throw error;
    return refuse('Interrupted before the first test.');
  } finally {
    for (const name of names) process.off(name, interrupt);
  }
}

function leadingWords(args: readonly string[]): number {
  const first = args.findIndex((arg) => arg.startsWith('-') || testFileName.test(arg));
  return first < 0 ? args.length : first;
}

function isWanted(file: string, wanted: readonly string[]): boolean {
  return (
    wanted.length === 0 ||
    wanted.some((name) => file.endsWith(name.replaceAll('/', file.includes('\\') ? '\\' : '/')))
  );
}

function announce(workspaces: Workspace[], files: string[]): void {
  const width = Math.max(...workspaces.map(({ folder }) => folder.length));
  for (const { folder, files: own } of workspaces) {
    const count = own.filter((file) => files.includes(file)).length;
    console.log(
      `${folder.padEnd(width)}  ${String(count).padStart(3)} test ${count === 1 ? 'file' : 'files'}`,
    );
  }
  console.log('');
}

function runnerOptions(counts: string, options: readonly string[]): string[] {
  const ownReporter = options.some((option) => option.startsWith('--test-reporter='));
  const ownDestination = options.some((option) => option.startsWith('--test-reporter-destination='));
  const reporters = ownReporter ? [] : ['--test-reporter=spec'];
  if (!ownDestination) reporters.push('--test-reporter-destination=stdout');
  return [
    '--import=tsx',
    '--test',
    `--test-concurrency=${concurrency}`,
    ...reporters,
    ...options,
    `--test-reporter=${new URL('./count-reporter.ts', import.meta.url).href}`,
    `--test-reporter-destination=${counts}`,
  ];
}

/** Runs Node with what it prints in plain sight; answers its exit code, 1 where a signal ended it. */
function runNode(args: string[], cwd: string, env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<number> {
  signal.throwIfAborted();
  const child = spawn(process.execPath, args, { cwd, stdio: 'inherit', env });
  // Ctrl-C reaches the child too, which then ends by itself; a SIGTERM reaches this process alone.
  const end = () => signal.reason === 'SIGINT' || child.kill('SIGTERM');
  signal.addEventListener('abort', end);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode) => {
      signal.removeEventListener('abort', end);
      resolve(exitCode ?? 1);
    });
  });
}

/**
 * The person's own environment: not what npm or `node --run` adds for a script, which would let a test find another folder or another
 * setting than its user does, nor the mark of a test runner that this run is itself a test of.
 */
function environmentForTests(): NodeJS.ProcessEnv {
  const entries = Object.entries(process.env);
  return Object.fromEntries(
    entries.filter(([name]) => !/^(npm_.*|INIT_CWD|NODE_RUN_.*|NODE_TEST_CONTEXT)$/i.test(name)),
  );
}

/** Green says nothing where nothing ran. Options such as a pattern of names may rightly leave a file without tests. */
function judge(counts: FileCount[], files: string[], hasOptions: boolean, root: string): number {
  const tested = new Set(
    counts.filter(({ tests }) => tests > 0).map(({ file }) => relative(root, resolve(root, file))),
  );
  if (tested.size === 0) return refuse('No test ran, so nothing is shown.');
  const idle = files.filter((file) => !tested.has(file));
  if (idle.length === 0 || hasOptions) return 0;
  return refuse(`No test in ${idle.join(', ')}.`);
}

function refuse(text: string): number {
  console.error(text);
  return 1;
}
