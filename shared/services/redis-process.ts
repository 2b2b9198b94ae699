import { chownSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Launch } from './local-server.ts';
import { markOf, type RunningProcess } from './processes.ts';
import type { SystemUser } from './server-user.ts';
import { type ServerProcess, spawnServer } from './spawn-server.ts';

export const pidFileName = 'redis.pid';

export interface RedisProcessOptions extends Launch {
  readonly program: string;
  readonly user: SystemUser | undefined;
  readonly folder: string;
  readonly dataFolder: string;
  readonly logFile: string;
  readonly password: string;
  readonly throwAway: boolean;
  readonly maxmemory: string | undefined;
}

/** Starts the server's first process. */
export function spawnRedis(options: RedisProcessOptions): ServerProcess {
  const { folder, dataFolder, user } = options;
  // In a file, and not as arguments: everybody may read those, and there is a password among the settings.
  const file = settingsFile(folder);
  rmSync(file, { force: true });
  writeFileSync(file, settingsFor(options), { mode: 0o600 });
  if (user) chownSync(file, user.uid, user.gid);
  rmSync(join(dataFolder, pidFileName), { force: true });
  return spawnServer({ ...options, args: [file], cwd: dataFolder, env: process.env });
}

function settingsFile(folder: string): string {
  return join(folder, 'redis.conf');
}

/** It runs in its data folder: so no path needs to be written here, and none needs quotes. */
function settingsFor({ port, password, folder, throwAway, maxmemory }: RedisProcessOptions): string {
  const settings = {
    bind: '127.0.0.1',
    port: String(port),
    requirepass: password,
    pidfile: pidFileName,
    // Redis puts this into the title of each of its processes.
    'proc-title-template': `"{title} {listen-addr} ${markOf(folder)}"`,
    // What was acknowledged is with the operating system, and each second with the disk; no copy of all beside that.
    appendonly: throwAway ? 'no' : 'yes',
    save: '""',
    // Tests that run at once take one each.
    ...(throwAway && { databases: '512' }),
    ...(maxmemory && { maxmemory }),
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} ${value}\n`);
  return lines.join('');
}

/** Whether a process belongs to the server in this folder; in its first moments it has no title yet. */
export function isOfRedis({ command }: RunningProcess, folder: string): boolean {
  const title = /(?:redis|valkey)-[a-z-]+ 127\.0\.0\.1:\d+ (medcenter-[0-9a-f]+)$/.exec(command);
  return title?.[1] === markOf(folder) || command.endsWith(`-server ${settingsFile(folder)}`);
}

/** By its title. */
export function findListeningPort({ command }: RunningProcess): number | undefined {
  const port = / 127\.0\.0\.1:(\d+) medcenter-/.exec(command)?.[1];
  return port === undefined ? undefined : Number(port);
}
