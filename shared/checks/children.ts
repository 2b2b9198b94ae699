import { spawn } from 'node:child_process';

export interface Outcome {
  /** Absent when a signal ended the program, or when it never started. */
  exitCode: number | undefined;
  signal: NodeJS.Signals | undefined;
  stdout: string;
  stderr: string;
  milliseconds: number;
  /** It ran longer than its limit and was ended here. */
  timedOut: boolean;
}

export interface Child {
  outcome: Promise<Outcome>;
  /** All that it has said until now. */
  said(): Pick<Outcome, 'stdout' | 'stderr'>;
  /**
   * Asks it to end, as life does: Ctrl-C in a terminal reaches a program and all that it started, SIGTERM from
   * whoever looks after it the program alone.
   */
  ask(signal: 'SIGINT' | 'SIGTERM'): void;
  /** Ends the program with SIGKILL, and what it started in turn. */
  kill(): void;
}

export interface ChildOptions {
  cwd: string;
  /** Added to the clean environment. */
  env?: Readonly<Record<string, string>>;
  /** In milliseconds. */
  timeLimit?: number | undefined;
  /** What it finds on stdin; nothing, where this is not said. */
  input?: string | undefined;
}

const TIME_LIMIT = 20_000;
const living = new Set<Child>();

/** Starts a program without a shell. It never outlives its time limit, nor this process. */
export function startChild(command: readonly string[], options: ChildOptions): Child {
  const { cwd, env, timeLimit = TIME_LIMIT, input } = options;
  const [file = '', ...args] = command;
  const started = performance.now();
  const program = spawn(file, args, {
    cwd,
    env: { ...cleanEnvironment(), ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: process.platform !== 'win32',
    windowsHide: true,
  });

  program.stdin.on('error', () => {}); // It may end without having read it.
  program.stdin.end(input);

  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  program.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  program.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));

  let timedOut = false;
  const kill = () => {
    if (living.has(child)) signalGroup(program.pid, 'SIGKILL');
  };
  const timer = setTimeout(() => {
    timedOut = true;
    kill();
    // Something that left the group may still hold these open, and would be waited for.
    program.stdout.destroy();
    program.stderr.destroy();
  }, timeLimit);

  const said = () => ({
    stdout: Buffer.concat(stdout).toString('utf8'),
    stderr: Buffer.concat(stderr).toString('utf8'),
  });
  const outcome = new Promise<Outcome>((resolve) => {
    const finish = (exitCode: number | null, signal: NodeJS.Signals | null) => {
      clearTimeout(timer);
      living.delete(child);
      resolve({
        exitCode: exitCode ?? undefined,
        signal: signal ?? undefined,
        ...said(),
        milliseconds: performance.now() - started,
        timedOut,
      });
    };
    program.once('close', finish);
    program.once('error', (error) => {
      stderr.push(Buffer.from(`(the program could not be started: ${error.message})`));
      finish(null, null);
    });
  });

  const ask: Child['ask'] = (signal) => {
    if (!living.has(child)) return;
    if (signal === 'SIGINT') signalGroup(program.pid, signal);
    else program.kill(signal);
  };
  const child: Child = { outcome, said, ask, kill };
  living.add(child);
  return child;
}

/** Ends every program that still runs: for the moment when the person presses Ctrl-C. */
export function killAllChildren(): void {
  for (const child of living) child.kill();
}

/**
 * A program given as a command may be a wrapper that starts the real one. Each child leads a process group
 * of its own, so one signal reaches both; Windows has no groups.
 */
function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, signal);
  } catch {
    // It has ended on its own already.
  }
}

/** What Medcenter's stages read; a check sets what it is about, and nothing else may reach the program. */
const SETTINGS = [
  ...['DATA_FILE', 'HOST', 'PORT', 'LOG_LEVEL', 'CORS_ORIGINS', 'DATABASE_URL', 'SQLITE_FILE', 'REDIS_URL'],
  ...['DATABASE_POOL_SIZE', 'DATABASE_CONNECT_TIMEOUT_MS', 'DATABASE_STATEMENT_TIMEOUT_MS'],
  ...['DATABASE_LOCK_TIMEOUT_MS', 'DATABASE_IDLE_TRANSACTION_TIMEOUT_MS'],
  ...['REDIS_PREFIX', 'REDIS_TIMEOUT_MS', 'CACHE_TTL_SECONDS', 'SESSION_IDLE_SECONDS', 'PASSWORD_HASH_COST'],
  ...['SESSION_TTL_SECONDS', 'ADMIN_PASSWORD', 'KAFKA_BROKERS', 'KAFKA_TOPIC_PREFIX', 'EVENTS_FILE'],
  ...['REMINDER_LEAD_HOURS', 'REMINDER_FILE', 'SMTP_URL', 'SMTP_FROM', 'SMTP_TO', 'GRPC_PORT'],
  ...['SCHEDULE_ADDRESS', 'SCHEDULE_DEADLINE_MS', 'OTEL_EXPORTER_OTLP_ENDPOINT'],
  ...['SHUTDOWN_DELAY_MS', 'SHUTDOWN_TIMEOUT_MS', 'SPANS_FOLDER', 'OTEL_TRACES_SAMPLER_ARG'],
  'EVENT_LOOP_DELAY_LIMIT_MS',
];
/** What npm, the test runner and the terminal would whisper to it. */
const WHISPERS = ['INIT_CWD', 'NODE_OPTIONS', 'NODE_TEST_CONTEXT', 'COLUMNS', 'FORCE_COLOR'];

/** The environment of the person without all that, and in UTC: a check of time zones sets its own. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const unwanted = new Set([...SETTINGS, ...WHISPERS]);
  const kept = Object.entries(process.env).filter(([name]) => !unwanted.has(name) && !/^npm_/i.test(name));
  return { ...Object.fromEntries(kept), TZ: 'UTC' };
}
