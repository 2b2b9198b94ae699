import { readdir, readFile, readlink } from 'node:fs/promises';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Why a check that looks for a process by its port does not run elsewhere. */
export const onlyLinux =
  process.platform === 'linux'
    ? undefined
    : 'NOT JUDGED: it looks in /proc for the process that listens on GRPC_PORT, which only Linux has';

/** The state of a socket that listens, in /proc/net/tcp. */
const LISTENING = '0A';

/** The process that listens on this port, or undefined. */
export async function listenerOn(port: number): Promise<number | undefined> {
  const inodes = new Set<string>();
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    const lines = (await readFile(table, 'utf8').catch(() => '')).split('\n').slice(1);
    for (const line of lines) {
      const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/);
      const isIt = Number.parseInt(local.split(':')[1] ?? '', 16) === port && state === LISTENING;
      if (isIt) inodes.add(`socket:[${inode}]`);
    }
  }
  if (inodes.size === 0) return undefined;
  const processes = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  for (const pid of processes) {
    const files = await readdir(`/proc/${pid}/fd`).catch(() => []);
    for (const file of files) {
      const target = await readlink(`/proc/${pid}/fd/${file}`).catch(() => '');
      if (inodes.has(target)) return Number(pid);
    }
  }
  return undefined;
}

/** Whether anybody takes connections there. */
export async function isListenedOn(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect({ host: '127.0.0.1', port });
  socket.on('connect', () => resolve(true)).on('error', () => resolve(false));
  const timer = setTimeout(() => resolve(false), 1_000);
  const isThere = await promise;
  clearTimeout(timer);
  socket.destroy();
  return isThere;
}

/** Waits until nobody listens there. Answers whether that came to be. */
export async function becomesFree(port: number, within: number): Promise<boolean> {
  const deadline = performance.now() + within;
  while (await isListenedOn(port)) {
    if (performance.now() > deadline) return false;
    await sleep(50);
  }
  return true;
}
