import { getCompileCacheDir } from 'node:module';
import { dirname } from 'node:path';
import type { ConfigOf, Environment, Variables } from '@medcenter/stage-05-events/config';

/**
 * The environment for a process that is to have this very configuration, wherever its values came from. `readConfig`
 * reads the same from it, except for what no text can say: that would not be in a table of variables.
 */
export function environmentOf<Table extends Variables>(config: ConfigOf<Table>): Environment {
  // Empty is unset; and it is said, so that no file of the other process's own says otherwise.
  const texts = Object.entries(config).map(([name, value]) => [name, textOf(value)]);
  return { ...process.env, ...compileCache(), ...Object.fromEntries(texts) };
}

/** As `valueOfText` reads it: a list is written with commas. */
function textOf(value: unknown): string {
  return value === undefined ? '' : Array.isArray(value) ? value.join(',') : String(value);
}

/** What this process has compiled, the other one need not compile again. */
function compileCache(): Environment {
  const folder = getCompileCacheDir(); // A folder in the one that was named, for this version of Node.
  return folder === undefined ? {} : { NODE_COMPILE_CACHE: dirname(folder) };
}
