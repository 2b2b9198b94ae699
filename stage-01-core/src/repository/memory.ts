import { createMutex } from './mutex.ts';
import { createSnapshotStorage, EMPTY_SNAPSHOT, type SnapshotKeeper } from './snapshot.ts';
import type { Storage } from './storage.ts';

/** Keeps nothing: for tests, and to see how little a storage is. */
export function createMemoryStorage(): Storage {
  let snapshot = EMPTY_SNAPSHOT;
  const oneAtATime = createMutex();
  const keeper: SnapshotKeeper = {
    current: async () => snapshot,
    replace: (change) =>
      oneAtATime(async () => {
        const { next, result } = await change(snapshot);
        snapshot = next;
        return result;
      }),
    close: () => oneAtATime(async () => {}),
  };
  return createSnapshotStorage(keeper);
}
