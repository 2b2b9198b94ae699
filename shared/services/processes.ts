import { execFile } from 'node:child_process';
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

/** Sends a signal; a process that has just ended needs none. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
