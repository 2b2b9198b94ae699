import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Child, Outcome } from './children.ts';
import { type Exchange, expect } from './harness.ts';
import { commandLine, describeOutcome, type Program } from './program.ts';
import { describeText } from './text.ts';

/** Variables of the environment; undefined ones are left out. */
export type Settings = Readonly<Record<string, string | undefined>>;

/** The program as a server that answers. */
export interface Server {
  url: string;
  port: number;
  program: Program;
  child: Child;
  /** The variables that it was given. */
  settings: Readonly<Record<string, string>>;
  /** What it has written to stdout and stderr until now. */
  said(): string;
  /** Asks it to end, and waits until it has. */
  stop(signal: 'SIGINT' | 'SIGTERM'): Promise<Outcome>;
  /** Lines for a shell that start the same in the background, and wait until it answers. */
  startLines: string[];
}

/** How long a server may take until it answers; a slow machine takes its time. */
const READY_LIMIT = 30_000;
/** How long it may live: as long as a whole run of checks. */
const LIFE_LIMIT = 900_000;
/** How long it may take to end when it was asked to. */
const END_LIMIT = 15_000;

/**
 * What a server is told where a check has nothing else in mind; where its data are is the stage's to say. Any port for
 * gRPC is a free one: the checks want to know which.
 */
export async function usualSettings(settings: Settings = {}): Promise<Record<string, string>> {
  const all: Settings = {
    ...{ HOST: '127.0.0.1', PORT: String(await freePort()), ...settings },
    ...(settings.GRPC_PORT === '0' && { GRPC_PORT: String(await freePort()) }),
  };
  return Object.fromEntries(
    Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

/** Starts the program in its folder, and waits until GET /health is answered with 200. */
export async function startServer(
  program: Program,
  stack: AsyncDisposableStack,
  settings: Settings = {},
): Promise<Server> {
  const env = await usualSettings(settings);
  const child = program.start([], { env, timeLimit: LIFE_LIMIT });
  stack.defer(async () => {
    child.kill();
    await child.outcome;
  });
  const url = `http://127.0.0.1:${env.PORT}`;
  await untilReady(url, child, `${commandLine(program.command, env)}\nin ${program.folder}`, [
    'cd "$(mktemp -d)"',
    commandLine(program.command, env),
  ]);
  return {
    ...{ url, port: Number(env.PORT), program, child, settings: env },
    said() {
      const { stdout, stderr } = child.said();
      return `${stdout}\n${stderr}`;
    },
    async stop(signal) {
      child.ask(signal);
      const slow = setTimeout(child.kill, END_LIMIT);
      const outcome = await child.outcome;
      clearTimeout(slow);
      return outcome;
    },
    startLines: [
      `${commandLine(program.command, env)} >> log.txt 2>&1 &`,
      `curl -s -o /dev/null --retry 9 --retry-delay 1 --retry-connrefused ${url}/health`,
    ],
  };
}

async function untilReady(url: string, child: Child, sent: string, repeat: string[]): Promise<void> {
  const deadline = performance.now() + READY_LIMIT;
  let ended: Outcome | undefined;
  void child.outcome.then((outcome) => {
    ended = outcome;
  });
  while (!ended && performance.now() < deadline) {
    const status = await fetch(`${url}/health`, { signal: AbortSignal.timeout(2_000) }).then(
      (response) => response.body?.cancel().then(() => response.status),
      () => 0,
    );
    if (status === 200) return;
    await sleep(50);
  }
  const { stdout, stderr } = child.said();
  const received = ended
    ? describeOutcome(ended)
    : ['it runs, and does not answer', describeText('stdout', stdout), describeText('stderr', stderr)].join(
        '\n',
      );
  const exchange: Exchange = { sent, received, repeat: repeat.join('\n') };
  const wanted = `a server that answers GET ${url}/health with 200 within ${READY_LIMIT / 1000} s`;
  expect(false, wanted, exchange);
}

const taken = new Set<number>();

/** A port that nobody listens on, below those that the system hands out by itself, and given only once. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    if (taken.has(port)) continue;
    taken.add(port);
    const probe = createServer().listen(port, '127.0.0.1');
    const free = await Promise.race([
      once(probe, 'listening').then(() => true),
      once(probe, 'error').then(() => false),
    ]).catch(() => false);
    if (!free) continue;
    probe.close();
    await once(probe, 'close');
    return port;
  }
}
