import { idOf } from '@medcenter/stage-03-postgres/test/fixtures';
import { createNewEvent } from '@medcenter/stage-05-events/app';
import { type ClinicStorage, withOutbox } from '@medcenter/stage-05-events/repository';
import { createAppointmentRegistry, createSystemClock } from '@medcenter/stage-05-events/service';
import { v7 as uuidv7 } from 'uuid';
import { openEventStorage } from './bench-events.ts';
import { openBenchPostgres } from './bench-postgres.ts';
import type { Figures, PairedCase } from './paired.ts';

const PEOPLE = 200;
const BOOKINGS = 1_500;
const AT_ONCE = 20;

/** The same bookings with a row to tell of each, and without. */
export const outboxCase: PairedCase = {
  name: 'outbox',
  what: `${BOOKINGS} bookings of free slots by the service, ${AT_ONCE} at a time, in stage 5's storage with its outbox beside the same without it`,
  ratios: {
    throughput: ({ bookingsPerSecond = Number.NaN }, { bookingsPerSecond: without = Number.NaN }) =>
      bookingsPerSecond / without,
  },
  async open() {
    await using stack = new AsyncDisposableStack();
    const postgres = stack.use(await openBenchPostgres());
    const openClinic = (name: string) => openEventStorage(stack, { postgres, name, people: PEOPLE });
    const newEvent = createNewEvent(createSystemClock());
    const telling = withOutbox(await openClinic('with_outbox'), { newEvent, onCommit: () => {} });
    const subject = createBooker(telling);
    const control = createBooker(await openClinic('without_outbox'));
    const opened = stack.move();
    return { subject, control, [Symbol.asyncDispose]: () => opened.disposeAsync() };
  },
};

function createBooker(storage: ClinicStorage): () => Promise<Figures> {
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
