import { importAsRead, main, type Wrong } from './base.ts';

/** Takes over what it can read, until it comes to the place where the file is torn. */
export const wrong: Wrong = { caughtBy: 'import-of-a-damaged-file-imports-nothing' };

if (import.meta.main) {
  await main({
    async importFile(file, storage) {
      return importAsRead(file, storage, async function* eachAlone(records) {
        for await (const record of records) {
          if (record.kind === 'patient' && record.problems.length === 0)
            await storage.transaction((tx) => tx.patients.insertMissing([record.value]));
          yield record;
        }
      });
    },
  });
}
