import type { Writable } from 'node:stream';
import { assemble, type Running } from '@medcenter/stage-02-http/app';
import { v7 as uuidv7 } from 'uuid';
import type { ConfigOf, variables } from '../config/index.ts';
import { createLogger } from '../observability/index.ts';
import { createSqlStorage, describeDatabase, openDatabase } from '../repository/index.ts';
import {
  createAppointmentRegistry,
  createDoctorRegistry,
  createPatientRegistry,
  createSystemClock,
} from '../service/index.ts';
import { addClinicRoutes, clinicStatusByCode, createHttpApp } from '../transport/http/index.ts';
import { databaseOptions } from './database-options.ts';
import { repeat } from './repeat.ts';

const SWEEP_MS = 60 * 60 * 1_000;

/** Puts the parts of this stage together and listens. The log goes to `out`. */
export function start(config: ConfigOf<typeof variables>, out: Writable): Promise<Running> {
  return assemble(async (stack) => {
    const logger = createLogger({ level: config.LOG_LEVEL, service: 'medcenter', out });
    const clock = createSystemClock();
    const database = databaseOptions(config);
    const storage = stack.adopt(createSqlStorage(await openDatabase(database)), (opened) => opened.close());
    const deps = { storage, newId: uuidv7, clock };
    const patients = createPatientRegistry(deps);
    const doctors = createDoctorRegistry(deps);
    const appointments = createAppointmentRegistry(deps);
    const app = await createHttpApp(
      { patients, clock },
      { logger, corsOrigins: config.CORS_ORIGINS, statuses: clinicStatusByCode },
    );
    addClinicRoutes(app, { doctors, appointments, clock });
    stack.defer(() => app.close());
    const url = await app.listen({ host: config.HOST, port: config.PORT });
    stack.use(
      repeat(() => appointments.sweepIdempotencyKeys(), {
        everyMs: SWEEP_MS,
        onError: (error) => logger.warn({ err: error }, 'old idempotency keys were not swept'),
      }),
    );
    return {
      url,
      needs: [`storage: ${describeDatabase(database)}`],
    };
  });
}
