import { randomUUID } from 'node:crypto';
import { type FileHandle, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { checkDataFile, type DataFile } from '../../schema/index.ts';
import { EMPTY_SNAPSHOT, type Snapshot } from '../snapshot.ts';
import { DataFileError } from './data-file-error.ts';

const FORMAT_VERSION = 1;

/** Reads the file, but parses it only when it changed since the last time: every write makes a new file. */
export function createSnapshotReader(file: string): () => Promise<Snapshot> {
  let last: { mark: string; snapshot: Snapshot } | undefined;
  return async () => {
    const handle = await open(file, 'r').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    if (!handle) return EMPTY_SNAPSHOT;
    try {
      const { ino, size, mtimeNs, ctimeNs } = await handle.stat({ bigint: true });
      const mark = [ino, size, mtimeNs, ctimeNs].join();
      if (last?.mark !== mark) last = { mark, snapshot: parseSnapshot(file, await handle.readFile()) };
      return last.snapshot;
    } finally {
      await handle.close();
    }
  };
}

/**
 * Puts the snapshot in the file's place, whole or not at all: a new file beside the old one, flushed to the disk,
 * takes its name in one step (rename, POSIX), and the folder is flushed so that the step itself survives.
 * Call it under the lock only.
 */
export async function writeSnapshot(file: string, snapshot: Snapshot): Promise<void> {
  await removeLeftovers(file);
  const temporary = `${file}.${randomUUID()}.tmp`;
  try {
    const handle = await open(temporary, 'wx', 0o600);
    try {
      await handle.writeFile(formatSnapshot(snapshot));
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(dirname(file));
}

function formatSnapshot({ patients, appointments }: Snapshot): string {
  const content: DataFile = {
    version: FORMAT_VERSION,
    patients: [...patients.values()],
    appointments: [...appointments.values()],
  };
  return `${JSON.stringify(content, undefined, 2)}\n`;
}

function parseSnapshot(file: string, bytes: Buffer): Snapshot {
  const content = parseJson(file, bytes);
  const version =
    typeof content === 'object' && content !== null && 'version' in content ? content.version : undefined;
  if (typeof version === 'number' && version > FORMAT_VERSION) {
    throw new DataFileError(
      file,
      `is of version ${version}, and this program knows version ${FORMAT_VERSION}: use the newer program. It was left as it is.`,
    );
  }
  const [problem] = checkDataFile(content);
  if (problem) throw damaged(file, `${problem.path || 'it'} ${problem.message}`);
  const { patients, appointments } = content as DataFile;
  return {
    patients: byId(file, 'patients', patients),
    appointments: byId(file, 'appointments', appointments),
  };
}

function parseJson(file: string, bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    // The parser's own words quote the file, and with it people's data: they go nowhere, not even into a log.
    throw damaged(file, bytes.length === 0 ? 'it is empty' : 'it is not whole JSON');
  }
}

function byId<T extends { readonly id: string }>(
  file: string,
  kind: string,
  records: readonly T[],
): Map<string, T> {
  const map = new Map(records.map((record) => [record.id, Object.freeze(record)]));
  if (map.size < records.length) throw damaged(file, `two of its ${kind} have one id`);
  return map;
}

function damaged(file: string, how: string): DataFileError {
  const remedy =
    'It was left as it is: put a good copy in its place, or move it away to begin with an empty one.';
  return new DataFileError(file, `is damaged: ${how}. ${remedy}`);
}

/** Under the lock no other process writes, so a temporary file that is there belongs to one that was killed. */
async function removeLeftovers(file: string): Promise<void> {
  const [folder, name] = [dirname(file), basename(file)];
  const leftovers = (await readdir(folder)).filter(
    (entry) => entry.startsWith(`${name}.`) && /^\.[\da-f-]{36}\.tmp$/.test(entry.slice(name.length)),
  );
  for (const leftover of leftovers) await rm(join(folder, leftover), { force: true });
}

async function syncFolder(folder: string): Promise<void> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(folder, 'r');
    await handle.sync();
  } catch (error) {
    // Windows flushes no folders (there a rename is journalled), nor do some network disks.
    const cannot =
      error instanceof Error && 'code' in error && ['EINVAL', 'ENOTSUP'].includes(String(error.code));
    if (process.platform !== 'win32' && !cannot) throw error;
  } finally {
    await handle?.close();
  }
}
