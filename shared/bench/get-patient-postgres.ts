import { fillClinic, idOf } from '@medcenter/stage-03-postgres/test/fixtures';
import { open, openBenchPostgres } from './bench-postgres.ts';
import type { PairedCase } from './paired.ts';
import { startServer } from './server-process.ts';

const SECONDS = 3;

/** GET /api/v1/patients/:id of stage 3 beside a loop that asks PostgreSQL the same by the driver alone. */
export const getPatientPostgresCase: PairedCase = {
  name: 'get-patient-postgres',
  what: "GET a patient over stage 3's API from PostgreSQL, log at warn, beside the same query in a loop on pg alone; 20 at a time, 10 connections",
  ratios: {
    throughput: ({ requestsPerSecond = Number.NaN }, { requestsPerSecond: raw = Number.NaN }) =>
      requestsPerSecond / raw,
  },
  async open() {
    await using stack = new AsyncDisposableStack();
    const postgres = stack.use(await openBenchPostgres());
    const url = await postgres.create('get_patient');
    const database = await open(url);
    await fillClinic(database, { patients: 10_000, doctors: 10, appointments: 0, busyDoctors: 10 });
    await database.close();
    const id = idOf('patient', 4_711);
    const api = stack.use(await startServer('get-patient-postgres.ts', url, id));
    const raw = stack.use(await startServer('raw-pg.ts', url, id));
    const opened = stack.move();
    return {
      subject: () => api.load(SECONDS),
      control: () => raw.loop(SECONDS),
      [Symbol.asyncDispose]: () => opened.disposeAsync(),
    };
  },
};
