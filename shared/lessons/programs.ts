import { spawnSync } from 'node:child_process';

/** Those of the programs that this machine does not have. */
export function missingPrograms(names: readonly string[]): string[] {
  return names.filter((name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).error !== undefined);
}
