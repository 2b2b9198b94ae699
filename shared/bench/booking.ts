import { createSqlStorage } from '@medcenter/stage-03-postgres/repository';
import { fillClinic } from '@medcenter/stage-03-postgres/test/fixtures';
import { type BenchPostgres, open, openBenchPostgres } from './bench-postgres.ts';
import { AT_ONCE, BOOKINGS, createBooker, PEOPLE } from './booker.ts';
import type { Figures, PairedCase } from './paired.ts';

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
  return createBooker(createSqlStorage(database));
}
