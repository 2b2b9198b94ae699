import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createPatient } from '@medcenter/stage-01-core/domain';
import { openJsonStorage } from '@medcenter/stage-01-core/repository';
import { createSystemClock } from '@medcenter/stage-01-core/service';
import { v7 as uuidv7 } from 'uuid';
import { SAMPLE_PEOPLE } from './sample-people.ts';

/** Makes a data file with a few people in it, all at once, unless the file is there already. */
export async function createSampleFile(file: string): Promise<void> {
  if (existsSync(file)) return;
  await mkdir(dirname(file), { recursive: true });
  await using stack = new AsyncDisposableStack();
  const storage = stack.adopt(await openJsonStorage(file), (opened) => opened.close());
  const clock = createSystemClock();
  await storage.transaction(async (tx) => {
    // Asked again in here: two programs may have found no file at the same moment.
    if ((await tx.patients.list({ limit: 1 })).length > 0) return;
    for (const person of SAMPLE_PEOPLE)
      await tx.patients.insert(createPatient(person, { id: uuidv7(), clock }));
  });
}
