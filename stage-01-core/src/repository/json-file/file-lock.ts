import { open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { tryLock } from 'fs-native-extensions';
import { asDataFileError, DataFileError } from './data-file-error.ts';

/**
 * Runs `work` while no other process does so for the same file.
 *
 * The lock is the operating system's own, on a file of its own beside the data: it ends with the process that holds
 * it, also by kill -9, so there are no stale locks. The empty lock file stays: taking it away would let two
 * processes hold locks on two files of one name.
 *
 * @throws DataFileError when other processes hold the lock for longer than `patienceMs`
 */
export async function withFileLock<T>(file: string, work: () => Promise<T>, patienceMs = 10_000): Promise<T> {
  const lockFile = await open(`${file}.lock`, 'a', 0o600).catch((error: unknown) => {
    throw asDataFileError(file, error);
  });
  try {
    const deadline = performance.now() + patienceMs;
    while (!tryLock(lockFile.fd)) {
      if (performance.now() > deadline) {
        throw new DataFileError(
          file,
          `has been in use by other programs for ${patienceMs / 1000} s: nothing was changed, try again later.`,
        );
      }
      // A random pause keeps waiting processes out of step.
      await sleep(2 + Math.random() * 18);
    }
    return await work();
  } finally {
    await lockFile.close();
  }
}
