import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, realpathSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

/** A user of the system, by number. */
export interface SystemUser {
  readonly uid: number;
  readonly gid: number;
}

/** Users that a system has for such a purpose, the best first. */
const candidates = ['postgres', '_postgres', 'nobody'];

/**
 * PostgreSQL refuses to run as root, and no other server has reason to. So root lends them another user; anybody else
 * runs them as themselves, which is undefined here.
 */
export function findServerUser(): SystemUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of candidates) {
    const uid = idOf('-u', name);
    const gid = idOf('-g', name);
    if (uid !== undefined && gid !== undefined) return { uid, gid };
  }
  throw new Error(`No server is run as root, and there is no user ${candidates.join(', ')} to lend it to.`);
}

function idOf(option: '-u' | '-g', name: string): number | undefined {
  try {
    return Number(execFileSync('id', [option, name], { stdio: ['ignore', 'pipe', 'ignore'] }).toString());
  } catch {
    return undefined;
  }
}

/** Whether a user can come as far as this folder, that is, pass through it and every folder above it. */
export function canReach(user: SystemUser | undefined, folder: string): boolean {
  if (user === undefined) return true;
  const path = resolve(folder);
  const { mode, uid, gid } = statSync(path);
  const bit = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
  return (mode & bit) !== 0 && (dirname(path) === path || canReach(user, dirname(path)));
}

/** A new folder below the temporary one, which the user can reach. */
export function createTemporaryFolder(user: SystemUser | undefined, prefix: string): string {
  const place = [tmpdir(), '/tmp', '/var/tmp'].find((folder) => canReach(user, folder));
  if (place === undefined) throw new Error('The user that servers run as can reach no temporary folder.');
  const folder = realpathSync(mkdtempSync(join(place, prefix)));
  if (user) chmodSync(folder, 0o711); // Others may pass, and see nothing.
  return folder;
}

/** A folder of the user's own, which must not be there yet. */
export function createFolderOf(user: SystemUser | undefined, folder: string): void {
  mkdirSync(folder, { mode: 0o700 });
  if (user) chownSync(folder, user.uid, user.gid);
}
