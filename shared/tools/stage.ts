import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { findStage } from '../stages.ts';

/**
 * Runs a stage's own main.ts in this process, so that signals and exit codes need no relay.
 * npm moves to the repository's root before it runs a script; a path on the command line means the
 * folder where the person typed it, which npm keeps in INIT_CWD.
 */
export async function main([number, ...args]: string[]): Promise<void> {
  const stage = findStage(number);
  const file = join(stage.path, 'src', 'main.ts');
  if (process.env.INIT_CWD) process.chdir(process.env.INIT_CWD);
  process.argv = [process.execPath, file, ...args];
  enableCompileCache(); // The second start takes about two thirds of the first one's time.
  await import(pathToFileURL(file).href);
}
