import { createNewEvent } from '@medcenter/stage-05-events/app';
import { withOutbox } from '@medcenter/stage-05-events/repository';
import { createSystemClock } from '@medcenter/stage-05-events/service';
import { openEventStorage } from './bench-events.ts';
import { openBenchPostgres } from './bench-postgres.ts';
import { AT_ONCE, BOOKINGS, createBooker, PEOPLE } from './booker.ts';
import type { PairedCase } from './paired.ts';

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
