import type { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { type ConfigOf, environmentOf, type variables } from '../config/index.ts';
import type { Logger } from '../observability/index.ts';
import { type SUPERVISION_LIMITS, type Supervised, superviseProcess } from './schedule-process.ts';
import { SCHEDULE_READY } from './serve-schedule.ts';

/**
 * It streams what it reads, so rows that were sent are garbage. By itself V8 lets much of it lie: a day with 100,000
 * appointments then takes three times the memory.
 */
const TIDY_HEAP = ['--max-semi-space-size=2', '--heap-growing-percent=20'];
const MAIN = new URL('../main.ts', import.meta.url);

export interface FoundSchedule {
  readonly address: string;
  /** For people: where it is. */
  readonly need: string;
  /** The process, where it is one of our own. */
  readonly child?: Supervised;
}

export interface FindScheduleDeps {
  readonly logger: Logger;
  readonly out: Writable;
  /** The program that serves schedules when it is told `schedule`; this stage's when not said. */
  readonly main?: URL;
  /** What the process of our own tells. */
  onMessage?(message: unknown): void;
  readonly limits?: Partial<typeof SUPERVISION_LIMITS>;
}

/** Where the schedule service is. Where the configuration names none, one is started, and ends with the stack. */
export async function findSchedule(
  stack: AsyncDisposableStack,
  config: ConfigOf<typeof variables>,
  deps: FindScheduleDeps,
): Promise<FoundSchedule> {
  const { SCHEDULE_ADDRESS: elsewhere } = config;
  if (elsewhere !== undefined) return { address: elsewhere, need: `schedule: gRPC at ${elsewhere}` };
  const { address, child } = await runSchedule(stack, config, deps);
  return { address, child, need: `schedule: gRPC at ${address}, a process of our own` };
}

/** It keeps its address when it is started again. */
async function runSchedule(
  stack: AsyncDisposableStack,
  config: ConfigOf<typeof variables>,
  { logger, out, main = MAIN, onMessage = () => {}, limits = {} }: FindScheduleDeps,
): Promise<{ readonly address: string; readonly child: Supervised }> {
  // Whoever reaches it may call it. That is us alone, wherever the API itself listens.
  const env: Record<string, string | undefined> = { ...environmentOf(config), HOST: '127.0.0.1' };
  let address = '';
  const child = await superviseProcess({
    command: process.execPath,
    args: [...TIDY_HEAP, fileURLToPath(main), 'schedule'],
    env,
    isReady: (line) => SCHEDULE_READY.test(line),
    onLine(line, from) {
      const [, told, port] = SCHEDULE_READY.exec(line) ?? [];
      if (told === undefined) (from === 'stdout' ? out : process.stderr).write(`${line}\n`);
      else {
        address = told;
        env.GRPC_PORT = port;
      }
    },
    onMessage,
    limits,
    onRestart: (how, afterMs) => logger.warn({ afterMs }, `the schedule service ${how}: it is started again`),
  });
  stack.use(child);
  return { address, child };
}
