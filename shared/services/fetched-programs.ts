import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '../stages.ts';
import { provideServicesFolder, servicesFolder } from './record.ts';
import { ServiceError } from './service-error.ts';

export interface ProvideOptions {
  readonly say?: ((line: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Where programs are looked for. */
export interface Places {
  readonly env: NodeJS.ProcessEnv;
  /** The clone whose `.services` gets what is fetched, for all servers that it starts, also those of tests. */
  readonly root: string;
}

export const here: Places = { env: process.env, root: ROOT };

export function findOnPath(name: string, env: NodeJS.ProcessEnv): string[] {
  const folders = (env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => join(folder, name)).filter(existsSync);
}

export function fetchedFolder(name: string, { root }: Places): string {
  return join(servicesFolder(root), 'programs', name);
}

/** What Maven is to fetch, and how what it brings is told from anything else. */
export interface Fetching {
  /** For people to read. */
  readonly what: string;
  /** Of the folder that holds it afterwards. */
  readonly name: string;
  /** In pom.xml. */
  readonly profile: string;
  /** Maven's goal and its settings, which bring the files into this folder. */
  goalInto(folder: string): readonly string[];
  /** Throws a ServiceError when the folder does not hold what it should. */
  check(folder: string): Promise<void>;
}

/** The folder gets its name when it is complete, and checked: half of it is never taken for all. @throws ServiceError */
export async function fetchByMaven(
  fetching: Fetching,
  { say, signal }: ProvideOptions,
  places: Places,
): Promise<void> {
  say?.(`  fetching ${fetching.what} by Maven, once …`);
  const folder = fetchedFolder(fetching.name, places);
  const programs = join(provideServicesFolder(places.root), 'programs');
  const unfinished = `${folder}.${process.pid}.new`;
  mkdirSync(unfinished, { recursive: true });
  for (const made of [programs, unfinished]) chmodSync(made, 0o755); // For the user of the server, too.
  try {
    await runMaven(fetching, unfinished, places.env, signal);
    await fetching.check(unfinished);
    try {
      renameSync(unfinished, folder);
    } catch (error) {
      if (!existsSync(folder)) throw error; // Somebody else was quicker, which is as well.
    }
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

async function runMaven(
  { what, profile, goalInto }: Fetching,
  folder: string,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal | undefined,
): Promise<void> {
  const args = [
    ...['--quiet', '--batch-mode', '--strict-checksums'],
    ...['--file', join(import.meta.dirname, 'pom.xml'), '--activate-profiles', profile],
    ...goalInto(folder),
  ];
  try {
    await promisify(execFile)('mvn', args, { env, timeout: 300_000, ...(signal && { signal }) });
  } catch (error) {
    signal?.throwIfAborted();
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new ServiceError(`Maven could not fetch ${what}.\n${stderr}${stdout}`.trim(), { cause: error });
  }
}
