import type { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { type ConfigOf, environmentOf, type variables } from '../config/index.ts';
import type { Logger } from '../observability/index.ts';
import { superviseProcess } from './schedule-process.ts';
import { SCHEDULE_READY } from './serve-schedule.ts';

/**
 * It streams what it reads, so rows that were sent are garbage. By itself V8 lets much of it lie: a day with 100,000
 * appointments then takes three times the memory.
 */
const TIDY_HEAP = ['--max-semi-space-size=2', '--heap-growing-percent=20'];
const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));

export interface FoundSchedule {
  readonly address: string;
  /** For people: where it is. */
  readonly need: string;
}

/** Where the schedule service is. Where the configuration names none, one is started, and ends with the stack. */
export async function findSchedule(
  stack: AsyncDisposableStack,
  config: ConfigOf<typeof variables>,
  deps: { readonly logger: Logger; readonly out: Writable },
): Promise<FoundSchedule> {
  const { SCHEDULE_ADDRESS: elsewhere } = config;
  if (elsewhere !== undefined) return { address: elsewhere, need: `schedule: gRPC at ${elsewhere}` };
  const address = await runSchedule(stack, config, deps);
  return { address, need: `schedule: gRPC at ${address}, a process of our own` };
}

/** Answers its address, which it keeps when it is started again. */
async function runSchedule(
  stack: AsyncDisposableStack,
  config: ConfigOf<typeof variables>,
  { logger, out }: { readonly logger: Logger; readonly out: Writable },
): Promise<string> {
  // Whoever reaches it may call it. That is us alone, wherever the API itself listens.
  const env: Record<string, string | undefined> = { ...environmentOf(config), HOST: '127.0.0.1' };
  let address = '';
  const supervised = await superviseProcess({
    command: process.execPath,
    args: [...TIDY_HEAP, MAIN, 'schedule'],
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
    onRestart: (how, afterMs) => logger.warn({ afterMs }, `the schedule service ${how}: it is started again`),
  });
  stack.use(supervised);
  return address;
}
