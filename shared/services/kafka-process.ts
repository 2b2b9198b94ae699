import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import type { KafkaPrograms } from './kafka-programs.ts';
import type { Launch } from './local-server.ts';
import { findFreePort } from './ports.ts';
import { markOf, type RunningProcess } from './processes.ts';
import { createFolderOf, type SystemUser } from './server-user.ts';
import { ServiceError } from './service-error.ts';
import { type ServerProcess, spawnServer } from './spawn-server.ts';
import { waitUntil } from './wait.ts';

export interface KafkaProcessOptions {
  readonly programs: KafkaPrograms;
  readonly user: SystemUser | undefined;
  readonly folder: string;
  readonly dataFolder: string;
  readonly logFile: string;
}

/** What every single broker of ours has, also the one in compose.yaml: it is broker and controller at once. */
export const kafkaSettings = {
  'process.roles': 'broker,controller',
  'node.id': '1',
  'controller.listener.names': 'CONTROLLER',
  // A topic is made on purpose: one that appears because somebody has mistyped its name helps nobody.
  'auto.create.topics.enable': 'false',
  // There is no second broker for a copy; and what many groups would share is quicker to make in one piece.
  'offsets.topic.replication.factor': '1',
  'offsets.topic.num.partitions': '1',
  'transaction.state.log.replication.factor': '1',
  'transaction.state.log.min.isr': '1',
  'transaction.state.log.num.partitions': '1',
  'group.initial.rebalance.delay.ms': '0',
  // After a kill -9, the new process may serve only when the old one counts as gone: after 2 s in place of 9.
  'broker.heartbeat.interval.ms': '500',
  'broker.session.timeout.ms': '2000',
  // Its 128 MB would be taken from the start; a few topics need little of it.
  'log.cleaner.dedupe.buffer.size': '4194304',
} as const;

/** Starts quickly and stays small: nobody asks our broker for throughput. */
const small = ['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-XX:-UsePerfData'];

function optionsOfJava({ archive }: KafkaPrograms): string[] {
  // One that does not fit is not taken, and all goes on without.
  return archive ? [...small, `-XX:SharedArchiveFile=${archive}`] : small;
}

/** Its log goes to where the process writes, without the 400 lines of settings that it begins with. */
const logging = {
  showDateTime: 'true',
  dateTimeFormat: 'yyyy-MM-dd HH:mm:ss.SSS',
  'log.org.apache.kafka.common.config.AbstractConfig': 'warn',
};

/** Starts the server's only process. */
export async function spawnKafka(
  options: KafkaProcessOptions & Launch & { readonly java?: readonly string[] },
): Promise<ServerProcess> {
  const { programs, user, folder, dataFolder, logFile, port, detached } = options;
  const controllerPort = await findOtherPort(port);
  const file = writeSettings(options, 'kafka.properties', {
    ...listenersOf(port, controllerPort),
    'log.dirs': basename(dataFolder),
  });
  const properties = {
    ...Object.fromEntries(
      Object.entries(logging).map(([key, value]) => [`org.slf4j.simpleLogger.${key}`, value]),
    ),
    'medcenter.port': String(port),
    'medcenter.server': markOf(folder),
  };
  const server = spawnServer({
    program: programs.java,
    args: [
      ...optionsOfJava(programs),
      ...(options.java ?? []),
      ...Object.entries(properties).map(([key, value]) => `-D${key}=${value}`),
      ...['-cp', join(programs.jars, '*'), 'kafka.Kafka', file],
    ],
    ...{ user, logFile, detached, cwd: folder, env: environment() },
  });
  if (server.pid !== undefined) writeFileSync(pidFile(folder), `${server.pid}\n`);
  return { ...server, otherPorts: [controllerPort] };
}

/** For what broker and controller have to say to each other. The system may name the same free port twice. */
async function findOtherPort(port: number): Promise<number> {
  const found = await findFreePort();
  return found === port ? await findOtherPort(port) : found;
}

function listenersOf(port: number, controllerPort: number) {
  return {
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
  };
}

/**
 * In its folder, where Java begins: so no path needs to be in it, which Java would read as Latin-1. Answers its name.
 */
function writeSettings(
  { folder, user }: KafkaProcessOptions,
  name: string,
  particular: Readonly<Record<string, string>>,
): string {
  const file = join(folder, name);
  const lines = Object.entries({ ...kafkaSettings, ...particular }).map(
    ([key, value]) => `${key}=${value}\n`,
  );
  rmSync(file, { force: true });
  writeFileSync(file, lines.join(''), { mode: 0o600 });
  if (user) chownSync(file, user.uid, user.gid);
  return name;
}

/** Where the system speaks no UTF-8, Java would not find a folder whose name is not ASCII. */
function environment(): NodeJS.ProcessEnv {
  return { ...process.env, LC_ALL: process.platform === 'linux' ? 'C.UTF-8' : process.env.LC_ALL };
}

function pidFile(folder: string): string {
  return join(folder, 'kafka.pid');
}

/** Of the process that was started last, which may have ended long ago. */
export function readPid(folder: string): number | undefined {
  try {
    return Number(readFileSync(pidFile(folder), 'utf8'));
  } catch {
    return undefined;
  }
}

/** Whether a process is the server in this folder, or makes its data. */
export function isOfKafka({ command }: RunningProcess, folder: string): boolean {
  return command.includes(` -Dmedcenter.server=${markOf(folder)} `);
}

export function findListeningPort({ command }: RunningProcess): number | undefined {
  const port = / -Dmedcenter\.port=(\d+) /.exec(command)?.[1];
  return port === undefined ? undefined : Number(port);
}

export interface NewData {
  readonly signal?: AbortSignal | undefined;
  readonly say?: ((line: string) => void) | undefined;
}

/** Makes the data of a new server, a cluster of its own. They get their name when they are complete. */
export async function formatKafka(options: KafkaProcessOptions, { signal, say }: NewData): Promise<void> {
  const { programs, user, folder, dataFolder } = options;
  if (existsSync(dataFolder)) return;
  say?.('  making its data, once …');
  const unfinished = `${dataFolder}.new`;
  rmSync(unfinished, { recursive: true, force: true });
  createFolderOf(user, unfinished);
  // It asks for listeners also here, where nothing listens.
  const particular = { ...listenersOf(9092, 9093), 'log.dirs': basename(unfinished) };
  const file = writeSettings(options, 'format.properties', particular);
  const args = [
    ...[...optionsOfJava(programs), `-Dmedcenter.server=${markOf(folder)}`, '-cp', join(programs.jars, '*')],
    ...['kafka.tools.StorageTool', 'format', `--cluster-id=${newClusterId()}`, '--config', file],
  ];
  const settings = { ...user, cwd: folder, env: environment(), timeout: 60_000, ...(signal && { signal }) };
  const running = promisify(execFile)(programs.java, args, settings);
  const { child } = running;
  try {
    await running;
  } catch (error) {
    const isOver = async () =>
      child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
    await waitUntil(isOver, { what: 'the end of what makes the data' }); // Nothing is left running.
    signal?.throwIfAborted();
    const {
      message,
      stdout = '',
      stderr = '',
    } = error as { message: string; stdout?: string; stderr?: string };
    throw new ServiceError(`Kafka cannot make its data: ${stderr || stdout || message}`.trim(), {
      cause: error,
    });
  }
  renameSync(unfinished, dataFolder);
}

/** 16 bytes in 22 characters, as Kafka makes them. */
function newClusterId(): string {
  return randomBytes(16).toString('base64url');
}

/** What tells this server from every other one that answers. */
export function readClusterId(dataFolder: string): string | undefined {
  const file = readFileSync(join(dataFolder, 'meta.properties'), 'utf8');
  return /^cluster\.id=(.+)$/m.exec(file)?.[1];
}
