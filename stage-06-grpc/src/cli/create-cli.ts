import { createCli as createEventCli, type EventCliDeps } from '@medcenter/stage-05-events/cli';
import type { Argv } from 'yargs';

export interface ScheduleCliDeps extends EventCliDeps {
  /** Serves schedules over gRPC until it is told to end. */
  serveSchedules(): Promise<void>;
}

/** The command line of before, with the schedule service. */
export function createCli(argv: readonly string[], deps: ScheduleCliDeps): Argv {
  return createEventCli(argv, deps).command(
    'schedule',
    'serve schedules over gRPC, without the API, until Ctrl-C',
    {},
    () => deps.serveSchedules(),
  );
}
