import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Launch } from './local-server.ts';
import { programIn } from './postgres-programs.ts';
import type { RunningProcess } from './processes.ts';
import type { SystemUser } from './server-user.ts';
import { type ServerProcess, spawnServer } from './spawn-server.ts';

export interface ProcessOptions extends Launch {
  readonly programs: string;
  readonly user: SystemUser | undefined;
  readonly dataFolder: string;
  readonly logFile: string;
  readonly throwAway: boolean;
}

/** Starts the server's first process. */
export function spawnPostgres(options: ProcessOptions): ServerProcess {
  return spawnServer({
    ...options,
    program: programIn(options.programs, 'postgres'),
    args: argumentsFor(options),
    cwd: options.dataFolder,
    // What a person has set for their own PostgreSQL (PGDATA, PGPORT and so on) is not meant for this one.
    env: Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('PG'))),
  });
}

function argumentsFor({ dataFolder, port, throwAway }: ProcessOptions): string[] {
  const settings = {
    cluster_name: clusterName(dataFolder),
    listen_addresses: '127.0.0.1',
    // Its name would depend on the port alone, in a folder that all share.
    unix_socket_directories: '',
    timezone: 'UTC',
    log_timezone: 'UTC',
    // A crash of the machine may now lose data, the death of a process still cannot: a COMMIT waits until its record
    // is with the operating system. So `synchronous_commit` stays as it is.
    ...(throwAway && { fsync: 'off', full_page_writes: 'off', max_connections: '200' }),
  };
  const words = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return ['-D', dataFolder, '-p', String(port), ...words];
}

/**
 * PostgreSQL puts this name into the title of each of its processes. As it is made from the data folder's path, it
 * tells this server's processes from those of every other one, and from a program that has since got their pid.
 */
function clusterName(dataFolder: string): string {
  return `medcenter-${createHash('sha256').update(dataFolder).digest('hex').slice(0, 12)}`;
}

/** Whether a process belongs to the server with these data: its first one, or one that it started. */
export function isOfServer({ command }: RunningProcess, dataFolder: string): boolean {
  const name = clusterName(dataFolder);
  return (
    command.startsWith(`postgres: ${name}: `) ||
    (command.includes(` -D ${dataFolder} -p `) && command.includes(` -c cluster_name=${name} `))
  );
}

export interface PidFile {
  pid: number;
  port: number;
  isReady: boolean;
}

/** What PostgreSQL says of itself in its data folder. */
export function readPidFile(dataFolder: string): PidFile | undefined {
  try {
    const lines = readFileSync(`${dataFolder}/postmaster.pid`, 'utf8').split('\n');
    return { pid: Number(lines[0]), port: Number(lines[3]), isReady: lines[7]?.startsWith('ready') ?? false };
  } catch {
    return undefined;
  }
}
