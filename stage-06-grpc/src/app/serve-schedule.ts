import { explainFailedStart } from '@medcenter/stage-05-events/app';
import type { RunningSchedule } from './start-schedule.ts';
import { endWithParent } from './schedule-process.ts';

/** What it says when it answers: who started it reads the address from it. */
export const SCHEDULE_READY = /^schedule: gRPC at (\S+:(\d+))/;

/**
 * Runs until Ctrl-C or SIGTERM, or until the process is gone that started it, then lets what is in flight end. A second
 * signal ends it at once. Answers the exit code; errors that it cannot explain, it throws.
 */
export async function serveSchedule(
  open: () => Promise<RunningSchedule>,
  say: (text: string) => void,
): Promise<0 | 1> {
  const stop = Promise.withResolvers<void>();
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => stop.resolve());
  // The API has said by itself what both need.
  const isAlone = process.connected === undefined;
  endWithParent(() => stop.resolve());
  try {
    await using running = await open();
    const ready = `schedule: gRPC at ${running.address}   Ctrl-C ends it`;
    say([...(isAlone ? running.needs : []), ready].join('\n'));
    await stop.promise;
    return 0;
  } catch (error) {
    const explanation = explainFailedStart(error, 'GRPC_PORT');
    if (!explanation) throw error;
    say(explanation);
    return 1;
  }
}
