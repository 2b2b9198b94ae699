import { createCli as createScheduleCli, type ScheduleCliDeps } from '@medcenter/stage-06-grpc/cli';
import type { Argv } from 'yargs';
import { type TraceCommandDeps, traceCommand } from './trace-command.ts';

export interface ObservedCliDeps extends ScheduleCliDeps, TraceCommandDeps {}

/** The command line of before, with the picture of a trace. */
export function createCli(argv: readonly string[], deps: ObservedCliDeps): Argv {
  return traceCommand(createScheduleCli(argv, deps), deps);
}
