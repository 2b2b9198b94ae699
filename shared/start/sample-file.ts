import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { openJsonStorage } from '@medcenter/stage-01-core/repository';
import { createPatientService, createSystemClock } from '@medcenter/stage-01-core/service';
import { v7 as uuidv7 } from 'uuid';
import { SAMPLE_PEOPLE } from './sample-people.ts';

/** Makes a data file with a few people in it, unless the file is there already. */
export async function createSampleFile(file: string): Promise<void> {
  if (existsSync(file)) return;
  await mkdir(dirname(file), { recursive: true });
  const storage = await openJsonStorage(file);
  const patients = createPatientService({ storage, newId: uuidv7, clock: createSystemClock() });
  for (const person of SAMPLE_PEOPLE) await patients.register(person);
  await storage.close();
}
