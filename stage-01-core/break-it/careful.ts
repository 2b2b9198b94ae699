import { v7 as uuidv7 } from 'uuid';
import { openJsonStorage } from '../src/repository/index.ts';
import { createPatientService, createSystemClock } from '../src/service/index.ts';

const okafor = { lastName: 'Okafor', firstName: 'Adaeze', birthDate: '1990-05-14', sex: 'female' } as const;

/** The same work by this stage's own parts, put together as `src/app` does it. */
export async function add(file: string): Promise<string> {
  const storage = await openJsonStorage(file);
  const patients = createPatientService({ storage, newId: uuidv7, clock: createSystemClock() });
  const { id } = await patients.register(okafor);
  await storage.close();
  return id;
}
