import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { findFreePort, isPortFree } from './ports.ts';
import { isAlive, listProcesses, type RunningProcess, signalProcess } from './processes.ts';
import type { Found } from './service.ts';
import { ServiceError } from './service-error.ts';
import type { ServerProcess } from './spawn-server.ts';
import { waitUntil } from './wait.ts';

export interface LocalServer {
  readonly dataFolder: string;
  look(): Promise<Found>;
  /**
   * Makes the data where there are none, starts on the first of these ports that is free, or else on any, and waits
   * for the answer to a query. Answers the port.
   *
   * @throws ServiceError when this machine cannot run it
   */
  start(ports: readonly number[], options?: { detached?: boolean }): Promise<number>;
  /** Ends it in good order; by force when it does not comply in 10 s. */
  stop(): Promise<void>;
  /** kill -9 to every process of the server. */
  kill(): Promise<void>;
  /** Stops every process of the server: its connections stay open, and nothing answers. */
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  /** The last lines of its log. */
  log(lines: number): string;
}

export interface Launch {
  readonly port: number;
  /** It lives on after this process, and Ctrl-C does not reach it. */
  readonly detached: boolean;
}

/** What is particular to a server that runs as processes of this machine. */
export interface Particulars {
  readonly title: string;
  readonly dataFolder: string;
  readonly logFile: string;
  readonly say?: ((line: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Whether a process is of the server with these data: its first one, or one that it started. */
  isOfServer(process: RunningProcess): boolean;
  /** Of the first process, as the server has written it down: that may be of long ago. */
  readPid(): number | undefined;
  findPort(first: RunningProcess): number | undefined;
  /** Ends it in good order. */
  readonly endSignal: NodeJS.Signals;
  /** Makes what it cannot start without. Answers what starts its first process. */
  prepare(): Promise<(launch: Launch) => ServerProcess | Promise<ServerProcess>>;
  /** Whether this very server answers there, for somebody else may. */
  isHealthy(port: number, pid: number | undefined): Promise<boolean>;
  /** Ends it in good order where there are no signals. */
  stopOnWindows(): Promise<void>;
}

/** A server with its data in a folder. No process is signalled but this server's own. */
export function openLocalServer(particulars: Particulars): LocalServer {
  const { title, dataFolder, logFile, say, signal } = particulars;

  async function processes(): Promise<RunningProcess[]> {
    return (await listProcesses()).filter(particulars.isOfServer);
  }

  /** The process that starts all others. */
  async function findFirst(): Promise<RunningProcess | undefined> {
    const pid = particulars.readPid();
    return pid === undefined ? undefined : (await processes()).find((process) => process.pid === pid);
  }

  /** Signals until all are as wished, the first process foremost: it may bear others after the list was made. */
  async function signalAll(name: NodeJS.Signals, isDone: (process: RunningProcess) => boolean) {
    if (process.platform === 'win32') throw new ServiceError('Windows cannot stop and continue a process.');
    const first = particulars.readPid();
    const areAllDone = async () => {
      const others = (await processes()).filter((process) => !isDone(process));
      others.sort((a, b) => Number(b.pid === first) - Number(a.pid === first));
      for (const { pid } of others) signalProcess(pid, name);
      return others.length === 0;
    };
    await waitUntil(areAllDone, { what: `all processes to obey ${name}`, patienceMs: 10_000 });
  }

  async function look(): Promise<Found> {
    const first = await findFirst();
    if (first === undefined) return { state: 'down' };
    const port = particulars.findPort(first);
    return { state: first.stopped ? 'frozen' : 'up', pid: first.pid, ...(port && { port }) };
  }

  async function kill(): Promise<void> {
    if (process.platform === 'win32') await killOnWindows(await processes());
    else await untilGone(() => signalAll('SIGKILL', () => false));
  }

  /** Also until the system has taken their ports and files from them. */
  async function untilGone(end: () => Promise<void>): Promise<void> {
    const pids = (await processes()).map(({ pid }) => pid);
    await end();
    const areGone = async () => !(await Promise.all(pids.map(isAlive))).includes(true);
    await waitUntil(areGone, { what: `the end of ${title}`, patienceMs: 10_000, say });
  }

  const thaw = () => signalAll('SIGCONT', ({ stopped }) => !stopped);

  async function stop(): Promise<void> {
    const first = await findFirst();
    if (first === undefined) return await kill(); // Others may have outlived it.
    if (process.platform === 'win32') return await particulars.stopOnWindows();
    if (first.stopped) await thaw();
    signalProcess(first.pid, particulars.endSignal);
    const isGone = async () => (await processes()).length === 0 && !(await isAlive(first.pid));
    await waitUntil(isGone, { what: 'its end', patienceMs: 10_000, say }).catch(kill);
  }

  async function start(ports: readonly number[], { detached = false } = {}): Promise<number> {
    const launch = await particulars.prepare();
    await kill(); // A crash may have left processes without their first one.
    for (let tries = 0; tries < 5; tries += 1) {
      const port = await findFreePort(ports);
      say?.(`  starting on 127.0.0.1:${port} …`);
      if (await comesUp(await launch({ port, detached }), port)) return port;
      say?.(`  port ${port} was taken in the meantime`);
    }
    throw new ServiceError(`${title} found every port taken, five times over.`);
  }

  /** Answers false when somebody has taken the port between the look and the start. */
  async function comesUp({ pid, findEnd, otherPorts = [] }: ServerProcess, port: number): Promise<boolean> {
    try {
      const isOver = async () => findEnd() !== undefined || (await particulars.isHealthy(port, pid));
      await waitUntil(isOver, { what: 'its first answer', signal, say });
    } catch (error) {
      await kill(); // Nothing is left half-started.
      throw error;
    }
    if (findEnd() === undefined) return true;
    const areFree = await Promise.all([port, ...otherPorts].map(isPortFree));
    if (areFree.every((isFree) => isFree)) {
      throw new ServiceError(`${title} does not start: ${findEnd()}.\n${tail(logFile, 10)}`);
    }
    return false;
  }

  const freeze = () => signalAll('SIGSTOP', ({ stopped }) => stopped);
  return { dataFolder, look, start, stop, kill, freeze, thaw, log: (lines) => tail(logFile, lines) };
}

function tail(file: string, lines: number): string {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
  } catch {
    return '(there is no log yet)';
  }
}

const execute = promisify(execFile);

/** With all that they started. */
async function killOnWindows(processes: RunningProcess[]): Promise<void> {
  for (const { pid } of processes) await execute('taskkill', ['/PID', String(pid), '/T', '/F']);
}
