import { readlink, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { createMutex } from '../mutex.ts';
import { createSnapshotStorage, type SnapshotKeeper } from '../snapshot.ts';
import type { Storage } from '../storage.ts';
import { asDataFileError, DataFileError } from './data-file-error.ts';
import { withFileLock } from './file-lock.ts';
import { createSnapshotReader, writeSnapshot } from './snapshot-file.ts';

/**
 * A storage in one JSON file. Any number of processes may use the file at once: each write happens under a lock on
 * what the file holds at that moment, and each read sees the last whole write. A missing file is an empty one.
 * Every verb may throw DataFileError.
 */
export async function openJsonStorage(path: string): Promise<Storage> {
  const file = await followLinks(resolve(path));
  const there = await stat(file).catch(() => undefined);
  if (there?.isDirectory()) throw new DataFileError(file, 'is a folder: name a file.');
  if (there && !there.isFile()) throw new DataFileError(file, 'is no file that keeps data: name another.');
  const read = createSnapshotReader(file);
  const oneAtATime = createMutex();
  const explain = (error: unknown): never => {
    throw asDataFileError(file, error);
  };
  const keeper: SnapshotKeeper = {
    current: () => read().catch(explain),
    replace: (change) =>
      oneAtATime(() =>
        withFileLock(file, async () => {
          const { next, result } = await change(await read().catch(explain));
          await writeSnapshot(file, next).catch(explain);
          return result;
        }),
      ),
    close: () => oneAtATime(async () => {}),
  };
  return createSnapshotStorage(keeper);
}

/** Where the data really are: beside a symbolic link's target, a rename puts a new file in the target's place. */
async function followLinks(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    // A circle of links leads nowhere; whoever opens the path is told so.
    if (error instanceof Error && 'code' in error && error.code === 'ELOOP') return path;
    // The file may yet have to be made; its folder, or the link to it, can be there already.
    const target = await readlink(path).catch(() => undefined);
    if (target !== undefined) return followLinks(resolve(dirname(path), target));
    const folder = await realpath(dirname(path)).catch(() => dirname(path));
    return join(folder, basename(path));
  }
}
