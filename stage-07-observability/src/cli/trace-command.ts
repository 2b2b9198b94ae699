import { UsageError } from '@medcenter/stage-06-grpc/cli';
import type { Terminal } from '@medcenter/stage-06-grpc/cli';
import type { Argv } from 'yargs';
import { findTraces, lastTraces, readTrace } from '../observability/index.ts';
import { drawTrace, drawTraces } from './draw-trace.ts';

export interface TraceCommandDeps {
  /** Where the spans are. */
  readonly spans: {
    readonly folder: string;
    /** Takes the new ones, in place of the folder. */
    readonly collector?: string | undefined;
  };
  readonly terminal: Terminal;
  /** For the exit code of a command that has not found what was asked for. */
  onRefused(): void;
}

const WAIT = 'A span is there half a second after its end.';

/** `trace [id]`. */
export function traceCommand(cli: Argv, deps: TraceCommandDeps): Argv {
  return cli.command(
    'trace [id]',
    'draw what a request did, in all processes; without an id: the last ten',
    (options) =>
      options
        .positional('id', {
          type: 'string',
          describe: 'of a trace, or its beginning; or X-Request-Id of an answer',
        })
        .option('json', { type: 'boolean', describe: 'print JSON alone' }),
    async ({ id, json = false }) => {
      if (Array.isArray(id) || id === '') throw new UsageError('trace wants one id, or none.');
      await (id === undefined ? showLast(json, deps) : showOne(id, json, deps));
    },
  );
}

async function showLast(json: boolean, deps: TraceCommandDeps): Promise<void> {
  const { terminal, spans } = deps;
  const traces = await lastTraces(spans.folder);
  if (json) terminal.print(toJson(traces));
  else if (traces.length > 0) terminal.print(drawTraces(traces, terminal));
  if (traces.length === 0) refuse(`There is no trace yet in ${spans.folder}. ${WAIT}`, deps);
}

async function showOne(id: string, json: boolean, deps: TraceCommandDeps): Promise<void> {
  const { terminal, spans } = deps;
  const [found, ...others] = await findTraces(spans.folder, id);
  if (!found) return refuse(`No trace and no request with the id ${id} is in ${spans.folder}. ${WAIT}`, deps);
  if (others.length > 0) {
    const all = [found, ...others];
    terminal.print(json ? toJson(all) : drawTraces(all, terminal));
    return refuse(`${all.length} traces match ${id}: name one by its id.`, deps);
  }
  const trace = await readTrace(spans.folder, found.traceId);
  terminal.print(json ? toJson(trace) : drawTrace(trace, terminal));
}

function refuse(why: string, { terminal, spans: { collector }, onRefused }: TraceCommandDeps): void {
  terminal.note(collector === undefined ? why : `${why} New spans go to ${collector}: look there.`);
  onRefused();
}

/** JSON writes most of what would steer the terminal as an escape; these it does not. */
function toJson(value: unknown): string {
  return JSON.stringify(value, undefined, 2).replaceAll(
    /[\x7f-\x9f]/g,
    (letter) => `\\u00${letter.charCodeAt(0).toString(16)}`,
  );
}
