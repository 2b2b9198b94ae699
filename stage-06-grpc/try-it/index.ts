// What other programs of this kind use, too: of this stage, and of later ones.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** The id of the process that listens on a port of this machine. Each system has its own way to say that. */
export function listenerOn(port: number): number | undefined {
  if (process.platform === 'linux') return onLinux(port);
  return process.platform === 'win32' ? onWindows(port) : onOthers(port);
}

function onOthers(port: number): number | undefined {
  return numberIn(run('lsof', ['-nP', '-t', `-iTCP:${port}`, '-sTCP:LISTEN']));
}

function onWindows(port: number): number | undefined {
  const lines = run('netstat', ['-ano', '-p', 'TCP']).split('\n');
  const line = lines.find((each) => each.includes('LISTENING') && each.includes(`:${port} `));
  return numberIn(line?.trim().split(/\s+/).at(-1));
}

/** The kernel tells the number of the socket that listens, and of each process which sockets it holds. */
function onLinux(port: number): number | undefined {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  const listening = new RegExp(`:${hex} \\S+:0000 0A(?: +\\S+){5} +(\\d+)`);
  const [, inode] = listening.exec(readFileSync('/proc/net/tcp', 'utf8')) ?? [];
  if (inode === undefined) return undefined;
  const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return numberIn(processes.find((id) => holds(id, inode)));
}

function holds(id: string, inode: string): boolean {
  const folder = `/proc/${id}/fd`;
  try {
    return readdirSync(folder).some((fd) => readlinkSync(`${folder}/${fd}`) === `socket:[${inode}]`);
  } catch {
    return false; // Somebody else's, or it has just ended.
  }
}

function run(command: string, args: readonly string[]): string {
  return execFileSync(command, args, { encoding: 'utf8' });
}

function numberIn(text = ''): number | undefined {
  return Number(text.trim()) || undefined;
}
