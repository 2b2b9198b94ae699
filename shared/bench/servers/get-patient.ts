import { createLogger } from '@medcenter/stage-02-http/observability';
import { createMemoryStorage } from '@medcenter/stage-02-http/repository';
import { createPatientRegistry, createSystemClock } from '@medcenter/stage-02-http/service';
import { createHttpApp } from '@medcenter/stage-02-http/transport/http';
import { v7 as uuidv7 } from 'uuid';
import { SAMPLE_PEOPLE } from '../../start/sample-people.ts';
import { report } from './report.ts';

// Stage 2's API over a storage in memory, at the level of the log that the first argument names.
const clock = createSystemClock();
const patients = createPatientRegistry({ storage: createMemoryStorage(), newId: uuidv7, clock });
const [person] = SAMPLE_PEOPLE;
if (!person) throw new Error('there are no sample people');
const { id } = await patients.register(person);
const level = process.argv[2] === 'info' ? 'info' : 'warn';
const logger = createLogger({ level, service: 'bench', out: process.stdout });
const app = await createHttpApp({ patients, clock }, { logger });
report(`${await app.listen({ host: '127.0.0.1', port: 0 })}/api/v1/patients/${id}`);
