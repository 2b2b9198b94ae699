import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createSqlStorage,
  migrations,
  openDatabase,
  sqlAppointmentTimes,
  sqlSchedules,
} from '@medcenter/stage-06-grpc/repository';
import { createLogger } from '@medcenter/stage-06-grpc/observability';
import {
  createAppointmentRegistry,
  createDoctorRegistry,
  createPatientRegistry,
  createScheduleService,
  createSystemClock,
  createTimeZones,
} from '@medcenter/stage-06-grpc/service';
import { openGrpcServer } from '@medcenter/stage-06-grpc/transport/grpc';
import { createHttpApp, scheduleRoutes } from '@medcenter/stage-06-grpc/transport/http';
import { v7 as uuidv7 } from 'uuid';
import { SAMPLE_DOCTORS, SAMPLE_SCHEDULE } from '../../start/sample-people.ts';
import { report } from './report.ts';

// Stage 6's schedule service on a SQLite file, behind REST or behind gRPC as the first argument says, in one process
// each. Its URL ends with the id of a doctor.
const folder = mkdtempSync(join(tmpdir(), 'bench-slots-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
process.on('SIGTERM', () => process.exit());

const database = await openDatabase({ url: undefined, file: join(folder, 'medcenter.db') }, migrations);
const storage = createSqlStorage(database);
const zones = createTimeZones();
const clock = createSystemClock();
const deps = { storage, newId: uuidv7, clock };
const appointments = createAppointmentRegistry(deps);
const tables = { schedulesOver: sqlSchedules, times: sqlAppointmentTimes(storage.sql) };
const service = createScheduleService({ ...deps, ...tables, appointments, zones });
const [doctor] = SAMPLE_DOCTORS;
if (!doctor) throw new Error('there are no sample doctors');
const { id } = await createDoctorRegistry(deps).register(doctor);
await service.putSchedule(id, SAMPLE_SCHEDULE);

if (process.argv[2] === 'grpc') {
  const server = await openGrpcServer({ host: '127.0.0.1', port: 0, service, onError: console.error });
  report(`http://${server.address}/${id}`);
} else {
  const logger = createLogger({ level: 'warn', service: 'bench', out: process.stdout });
  const app = await createHttpApp({ patients: createPatientRegistry(deps), clock }, { logger });
  app.register(scheduleRoutes, { prefix: '/api/v1', schedules: service, zones });
  report(`${await app.listen({ host: '127.0.0.1', port: 0 })}/api/v1/doctors/${id}`);
}
