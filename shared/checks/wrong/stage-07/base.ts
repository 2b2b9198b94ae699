import { registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';
import { findSchedule } from '@medcenter/stage-06-grpc/app';

export type { Wrong } from '../stage-01/base.ts';

/** What the roots of the stage take their parts from, by the words with which they import it. */
interface Doors {
  '@medcenter/stage-06-grpc/app': typeof import('@medcenter/stage-06-grpc/app');
  './open-observability.ts': typeof import('@medcenter/stage-07-observability/app');
  './serve-gracefully.ts': typeof import('@medcenter/stage-07-observability/app');
  '../events/index.ts': typeof import('@medcenter/stage-07-observability/events');
  '../observability/index.ts': typeof import('@medcenter/stage-07-observability/observability');
  '../repository/index.ts': typeof import('@medcenter/stage-07-observability/repository');
  '../transport/grpc/index.ts': typeof import('@medcenter/stage-07-observability/transport/grpc');
  '../transport/http/index.ts': typeof import('@medcenter/stage-07-observability/transport/http');
}

/** What a wrong program does otherwise: some parts of some doors. */
export type Replaced = { readonly [Door in keyof Doors]?: Partial<Doors[Door]> };

/** Where the replaced parts are found by the modules that are made up below. */
const PARTS = Symbol.for('medcenter.replaced');
/** The roots: whoever else imports these doors is given the right parts. */
const ROOT = '/stage-07-observability/src/app/';
const REPLACED = '?replaced=';

/** Each of these doors, to the roots of the stage alone, is the right one with some of its parts replaced. */
function replaceParts(doors: Readonly<Record<string, object | undefined>>): { readonly left: Set<string> } {
  const left = new Set(Object.keys(doors));
  Object.assign(globalThis, { [PARTS]: doors });
  registerHooks({
    resolve(specifier, context, next) {
      const found = next(specifier, context);
      const { parentURL = '' } = context;
      const isTheirs = parentURL.includes(ROOT) && !parentURL.includes(REPLACED) && doors[specifier];
      if (!isTheirs) return found;
      left.delete(specifier);
      return { ...found, url: found.url + REPLACED + encodeURIComponent(specifier) };
    },
    load(url, context, next) {
      const [door = '', replaced] = url.split(REPLACED);
      if (replaced === undefined) return next(url, context);
      const specifier = decodeURIComponent(replaced);
      const parts = `globalThis[Symbol.for('medcenter.replaced')][${JSON.stringify(specifier)}]`;
      // A name that is said here goes before the same one among all that the door has.
      const names = Object.keys(doors[specifier] ?? {});
      const lines = names.map((name) => `export const ${name} = ${parts}.${name};`);
      const source = [`export * from ${JSON.stringify(door)};`, ...lines].join('\n');
      return { format: 'module', source, shortCircuit: true };
    },
  });
  return { left };
}

/**
 * The real stage 7, with some of its parts replaced, so what a check finds in a wrong program can only be that part.
 * Its schedule service is this same program with a word behind it: the parts are replaced there, too.
 */
export async function main(replaced: Replaced = {}): Promise<void> {
  const self = pathToFileURL(process.argv[1] ?? '');
  const app = '@medcenter/stage-06-grpc/app';
  const started: Replaced[typeof app] = {
    findSchedule: (stack, config, options) => findSchedule(stack, config, { ...options, main: self }),
  };
  const { left } = replaceParts({ ...replaced, [app]: { ...started, ...replaced[app] } });
  const { ProgramFailed, runCommandLine, serveApi } = await import('@medcenter/stage-07-observability/app');
  const { createTerminal } = await import('@medcenter/stage-07-observability/cli');
  const { readConfig, variables } = await import('@medcenter/stage-07-observability/config');

  // A wrong program that imports the roots itself has loaded them before anything could be replaced.
  if (left.size > 0) throw new Error(`nobody has asked for ${[...left].join(', ')}`);

  const terminal = createTerminal(process.stdout, process.stderr);
  const argv = process.argv.slice(2);
  try {
    const config = readConfig(variables, process.env);
    process.exitCode =
      argv.length > 0 ? await runCommandLine(config, argv, terminal) : await serveApi(config, terminal.note);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if (!(error instanceof ProgramFailed)) terminal.note(error.message);
    const { code } = error as NodeJS.ErrnoException;
    process.exitCode = code === 'config' ? 2 : 1;
  }
}

if (import.meta.main) await main();
