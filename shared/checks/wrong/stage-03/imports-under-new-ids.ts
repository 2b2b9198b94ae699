import type { readDataFile } from '@medcenter/stage-03-postgres/repository';
import { v7 as uuidv7 } from 'uuid';
import { importAsRead, main, type Wrong } from './base.ts';

/** Registers those of the file as if they had just come in. */
export const wrong: Wrong = { caughtBy: 'import-keeps-ids-and-data' };

async function* renamed(records: ReturnType<typeof readDataFile>): ReturnType<typeof readDataFile> {
  for await (const record of records)
    yield record.kind === 'patient' ? { ...record, value: { ...record.value, id: uuidv7() } } : record;
}

if (import.meta.main) await main({ importFile: (file, storage) => importAsRead(file, storage, renamed) });
