import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Suite } from './harness.ts';

/** The stages that have checks: each is a file `stage-NN.ts` beside this one. */
export function listSuites(): number[] {
  return readdirSync(import.meta.dirname)
    .map((name) => /^stage-(\d\d)\.ts$/.exec(name)?.[1])
    .filter((digits) => digits !== undefined)
    .map(Number)
    .sort((a, b) => a - b);
}

/** The checks of a stage, or undefined where there are none. */
export async function loadSuite(stage: string | undefined): Promise<Suite | undefined> {
  if (!listSuites().some((number) => String(number) === stage)) return undefined;
  const file = join(import.meta.dirname, `stage-${stage?.padStart(2, '0')}.ts`);
  const module: { suite: Suite } = await import(pathToFileURL(file).href);
  return module.suite;
}
