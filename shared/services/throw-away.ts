import { existsSync, readdirSync, realpathSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LocalServer } from './local-server.ts';
import { createTemporaryFolder, findServerUser } from './server-user.ts';

/** A server for tests, with data that nobody needs afterwards. */
export interface ThrowAway {
  readonly server: LocalServer;
  readonly port: number;
  readonly url: string;
  /** Ends it, whatever state it is in, and takes its data away. */
  dispose(): Promise<void>;
}

function prefixOf(name: string): string {
  return `medcenter-throw-away-${name}-`;
}

/** The owner's pid is in the folder's name: so a later run sees what nobody will take away any more. */
export function createThrowAwayFolder(name: string): string {
  return createTemporaryFolder(findServerUser(), `${prefixOf(name)}${process.pid}-`);
}

export interface ThrowAwayOptions {
  readonly server: LocalServer;
  readonly folder: string;
  urlOf(port: number): string;
}

/** Starts it on a free port. @throws ServiceError when this machine cannot run it */
export async function startThrowAway(
  { server, folder, urlOf }: ThrowAwayOptions,
  options: { detached: boolean },
): Promise<ThrowAway> {
  const dispose = () => disposeOf(server, folder);
  try {
    const port = await server.start([], options);
    return { server, port, url: urlOf(port), dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** Nobody needs its data: so it need not end in good order. */
async function disposeOf(server: LocalServer, folder: string): Promise<void> {
  await server.kill();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

/** Ends the servers of this name whose owner could not, because it was itself killed. */
export async function disposeOfAbandoned(name: string, open: (folder: string) => LocalServer): Promise<void> {
  const places = new Set([tmpdir(), '/tmp', '/var/tmp'].filter(existsSync).map((path) => realpathSync(path)));
  for (const place of places) {
    for (const entry of readdirSync(place).filter((entry) => isAbandoned(entry, prefixOf(name)))) {
      const folder = join(place, entry);
      const owner = statSync(folder, { throwIfNoEntry: false })?.uid;
      if (owner !== (process.getuid?.() ?? owner) || owner === undefined) continue;
      await disposeOf(open(folder), folder);
    }
  }
}

function isAbandoned(name: string, prefix: string): boolean {
  const pid = name.startsWith(prefix) ? Number.parseInt(name.slice(prefix.length), 10) : Number.NaN;
  if (Number.isNaN(pid)) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ESRCH';
  }
}
