import type { ConfigOf, variables } from '../config/index.ts';
import { endOnCrash, flushed } from './crash.ts';
import { createLogLevel, toggleOnSignal } from './log-level.ts';
import { tellMetrics } from './metrics-over-channel.ts';
import type { Observability } from './open-observability.ts';
import { serveGracefully } from './serve-gracefully.ts';
import { type RunningScheduleObserved, startSchedule } from './start-schedule.ts';
import { start } from './start.ts';

type Config = ConfigOf<typeof variables>;

/** Serves the API as this process, until it is told to end. Answers the exit code. */
export function serveApi(config: Config, say: (text: string) => void): Promise<0 | 1> {
  const open = async () => {
    const running = await start(config, process.stdout);
    sayOnCrash(running);
    const { LOG_LEVEL: configured } = config;
    const onToggle = (message: object) => running.schedule?.send(message);
    toggleOnSignal(createLogLevel(running.logger, { configured, onToggle }));
    return running;
  };
  const { SHUTDOWN_DELAY_MS: delayMs, SHUTDOWN_TIMEOUT_MS: timeoutMs } = config;
  return serveGracefully(open, say, { delayMs, timeoutMs });
}

/** Serves schedules as this process, which another one may have started: then it does what that one tells it. */
export async function openScheduleProcess(config: Config): Promise<RunningScheduleObserved> {
  const running = await startSchedule(config, process.stdout);
  sayOnCrash(running);
  const level = createLogLevel(running.logger, { configured: config.LOG_LEVEL });
  toggleOnSignal(level);
  process.on('message', level.follow);
  tellMetrics(running.metrics.registry);
  return running;
}

function sayOnCrash({ logger, tracing }: Observability): void {
  endOnCrash(logger, { flush: () => Promise.all([flushed(process.stdout), tracing.close()]) });
}
