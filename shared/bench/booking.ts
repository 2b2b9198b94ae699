import { createSqlStorage } from '@medcenter/stage-03-postgres/repository';
import { createAppointmentRegistry, createSystemClock } from '@medcenter/stage-03-postgres/service';
import { fillClinic, idOf } from '@medcenter/stage-03-postgres/test/fixtures';
import { v7 as uuidv7 } from 'uuid';
import { type BenchPostgres, open, openBenchPostgres } from './bench-postgres.ts';
import type { Figures, PairedCase } from './paired.ts';

const PEOPLE = 200;
const BOOKINGS = 1_500;
const AT_ONCE = 20;

/** The same bookings with the constraints that keep two apart, and without them. */
export const bookingCase: PairedCase = {
  name: 'booking',
  what: `${BOOKINGS} bookings of free slots by stage 3's service, ${AT_ONCE} at a time, with the EXCLUDE constraints beside the same without them`,
  ratios: {
    throughput: ({ bookingsPerSecond = Number.NaN }, { bookingsPerSecond: without = Number.NaN }) =>
      bookingsPerSecond / without,
  },
  async open() {
    await using stack = new AsyncDisposableStack();
    const postgres = stack.use(await openBenchPostgres());
    const subject = await openClinic(postgres, 'with_exclude', stack);
    const control = await openClinic(postgres, 'without_exclude', stack, [
      'ALTER TABLE appointments DROP CONSTRAINT doctor_is_free',
      'ALTER TABLE appointments DROP CONSTRAINT patient_is_free',
    ]);
    const opened = stack.move();
    return { subject, control, [Symbol.asyncDispose]: () => opened.disposeAsync() };
  },
};

async function openClinic(
  postgres: BenchPostgres,
  name: string,
  stack: AsyncDisposableStack,
  changes: readonly string[] = [],
): Promise<() => Promise<Figures>> {
  const database = stack.adopt(await open(await postgres.create(name)), (opened) => opened.close());
  await fillClinic(database, { patients: PEOPLE, doctors: PEOPLE, appointments: 0, busyDoctors: PEOPLE });
  for (const change of changes) await database.query(change);
  const storage = createSqlStorage(database);
  const registry = createAppointmentRegistry({ storage, newId: uuidv7, clock: createSystemClock() });
  let next = 0;
  /** Each booking takes the next quarter of an hour that doctor and patient have. */
  const bookNext = () => {
    const n = next++;
    const quarter = Date.UTC(2060, 0, 1) + Math.floor(n / PEOPLE) * 900_000;
    return registry.book({
      patientId: idOf('patient', 1 + (n % PEOPLE)),
      doctorId: idOf('doctor', 1 + (n % PEOPLE)),
      startsAt: new Date(quarter).toISOString(),
      endsAt: new Date(quarter + 900_000).toISOString(),
    });
  };
  return async () => {
    const begun = performance.now();
    let left = BOOKINGS;
    const booker = async () => {
      while (left-- > 0) await bookNext();
    };
    await Promise.all(Array.from({ length: AT_ONCE }, booker));
    return { bookingsPerSecond: (BOOKINGS / (performance.now() - begun)) * 1_000 };
  };
}
