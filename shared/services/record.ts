import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { canReach, createTemporaryFolder, findServerUser } from './server-user.ts';
import { ServiceError } from './service-error.ts';

export const ways = ['container', 'local'] as const;
export type Way = (typeof ways)[number];

/** What the launcher remembers of a service between two of its runs: `.services/NAME.json`. */
export interface ServiceRecord {
  /** The repository that this was written for. */
  readonly root: string;
  readonly way: Way;
  /** The port that it has, or had. */
  readonly port?: number;
  /** Where a local process keeps its data and its log. */
  readonly folder: string;
  readonly password: string;
  /** Between `up` and `down`. */
  readonly wanted: boolean;
}

export function servicesFolder(root: string): string {
  return join(root, '.services');
}

export function readRecord(root: string, name: string): ServiceRecord | undefined {
  const file = join(servicesFolder(root), `${name}.json`);
  if (!existsSync(file)) return undefined;
  const record = parseRecord(file);
  if (record.root === root) return record;
  // The repository was moved or copied: what is there may be the other's now, but for the data below this root.
  const { way, password } = record;
  return { root, way, password, folder: join(servicesFolder(root), name), wanted: false };
}

function parseRecord(file: string): ServiceRecord {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new ServiceError(
      `${file} is damaged. It held the password: mend it, or delete it together with the data beside it.`,
    );
  }
}

export function writeRecord(root: string, name: string, record: ServiceRecord): void {
  const file = join(servicesFolder(root), `${name}.json`);
  writeFileSync(`${file}.new`, `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file); // Whole, also when this process ends meanwhile.
}

/** The record there is, or a new one, with its folders made. */
export function provideRecord(root: string, name: string, way: Way): ServiceRecord {
  const before = readRecord(root, name);
  const password = before?.password ?? randomBytes(16).toString('hex');
  const folder = provideFolder(root, name, before?.folder);
  return { ...before, root, way, folder, password, wanted: true };
}

/** Below `.services`; where the server's user cannot come there, below the temporary folder of the system. */
function provideFolder(root: string, name: string, before: string | undefined): string {
  const user = findServerUser();
  if (before && existsSync(before) && canReach(user, before)) return before;
  const parent = provideServicesFolder(root);
  if (user && !canReach(user, parent)) return createTemporaryFolder(user, `medcenter-${name}-`);
  const folder = join(parent, name);
  mkdirSync(folder, { recursive: true, mode: user ? 0o711 : 0o700 });
  if (user) chmodSync(folder, 0o711);
  return folder;
}

export function provideServicesFolder(root: string): string {
  const folder = servicesFolder(root);
  if (!existsSync(folder)) {
    mkdirSync(folder);
    // Others may pass it where root lends it to a server's user; nobody else reads in it.
    if (process.platform !== 'win32') chmodSync(folder, process.getuid?.() === 0 ? 0o711 : 0o700);
  }
  return folder;
}
