import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';

const execute = promisify(execFile);

export interface RunningProcess {
  pid: number;
  /** Its command line, or the title that it has given itself. */
  command: string;
  /** By SIGSTOP. */
  stopped: boolean;
}

/**
 * What the processes of the server in this folder bear in their command line or title. It tells them from those of every
 * other server, and from a program that has since got their pid.
 */
export function markOf(folder: string): string {
  return `medcenter-${createHash('sha256').update(folder).digest('hex').slice(0, 12)}`;
}

/** Every process that this user may see. */
export async function listProcesses(): Promise<RunningProcess[]> {
  if (process.platform === 'linux') return listFromProc();
  if (process.platform === 'win32') return await listFromWindows();
  return await listFromPs();
}

/**
 * Straight from the kernel: `ps` is a package of its own, which small containers lack. There is no disk to wait for, so
 * reading at once takes a tenth of the time.
 */
function listFromProc(): RunningProcess[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(readProc).filter((one) => one !== undefined);
}

function readProc(pid: string): RunningProcess | undefined {
  try {
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trimEnd();
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The state follows the program's name, which may itself hold brackets and spaces.
    return { pid: Number(pid), command, stopped: stat.slice(stat.lastIndexOf(')') + 2)[0] === 'T' };
  } catch {
    return undefined; // It has ended meanwhile.
  }
}

async function listFromPs(): Promise<RunningProcess[]> {
  const { stdout } = await execute('ps', ['-A', '-ww', '-o', 'pid=,stat=,command='], { maxBuffer: 2 ** 25 });
  return stdout.split('\n').flatMap((line) => {
    const [, pid, stat = '', command = ''] = /^\s*(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
    return pid === undefined ? [] : [{ pid: Number(pid), command, stopped: stat.startsWith('T') }];
  });
}

async function listFromWindows(): Promise<RunningProcess[]> {
  const question =
    'ConvertTo-Json -Compress @(Get-CimInstance Win32_Process | Select-Object ProcessId, CommandLine)';
  const shell = ['-NoProfile', '-NonInteractive', '-Command', question];
  const { stdout } = await execute('powershell', shell, { maxBuffer: 2 ** 25, windowsHide: true });
  const rows: { ProcessId: number; CommandLine: string | null }[] = JSON.parse(stdout);
  return rows.map(({ ProcessId, CommandLine }) => ({
    pid: ProcessId,
    command: CommandLine ?? '',
    stopped: false,
  }));
}

/**
 * Whether a process still has what it holds: its ports and its files. One that was killed is in no list any more while
 * the system takes that from it, which takes longer the more there is. Not for Windows.
 */
export async function isAlive(pid: number): Promise<boolean> {
  if (process.platform === 'linux') return isAliveInProc(pid);
  const { stdout } = await execute('ps', ['-o', 'stat=', '-p', String(pid)]).catch(() => ({ stdout: '' }));
  return stdout.trim() !== '' && !stdout.trim().startsWith('Z');
}

/** A zombie has nothing, unless it is only the first of several threads. */
function isAliveInProc(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, threads] = [fields[0] ?? '', Number(fields[17])];
    return !['Z', 'X'].includes(state) || threads > 1;
  } catch {
    return false;
  }
}

/** Sends a signal; a process that has just ended needs none. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
