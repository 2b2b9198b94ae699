import { AsyncLocalStorage } from 'node:async_hooks';
import { cutPage } from '@medcenter/stage-05-events/service';
import type { Appointment } from '../domain/index.ts';
import type { AppointmentTimes, ClinicStorage, InstantRange } from '../repository/index.ts';
import { createDayHub, type DayChange, type DayHub } from './day-hub.ts';
import type { DayEvent } from './schedule-service.ts';

/** One day of a doctor, as a zone has it. */
export interface Day {
  readonly doctorId: string;
  readonly date: string;
  readonly timeZone: string;
  readonly ranges: readonly InstantRange[];
}

export interface DayWatchOptions {
  readonly storage: Pick<ClinicStorage, 'appointments'>;
  readonly times: Pick<AppointmentTimes, 'writes' | 'versions'>;
  readonly newId: () => string;
  readonly lookMs: number;
  /** For so long a day is remembered after the last one who watched it has left. */
  readonly keepMs: number;
}

export interface DayWatch {
  /** The day as it is, and then its end. */
  read(day: Day): AsyncGenerator<DayEvent, void>;
  /** The day as it is, or what has happened since a position; then what happens, until the signal aborts. */
  watch(day: Day, after: string | undefined, signal: AbortSignal): AsyncGenerator<DayEvent, void>;
}

/** Appointments a page: so many of a day are in memory for each reader. */
const PAGE = 200;

/** The position of what is told of the day as it is: nobody can go on there, for the rest of the day would be missing. */
const WITHIN_THE_DAY = 'snapshot';

export function createDayWatch({ storage, times, newId, lookMs, keepMs }: DayWatchOptions): DayWatch {
  const { appointments } = storage;
  // A hub serves all who watch: it does not read in the name of the one who happened to come first.
  const asNobody = AsyncLocalStorage.snapshot();
  const hubs = createHubs(keepMs, ({ doctorId, ranges }) =>
    createDayHub({ id: newId(), doctorId, ranges, appointments, times, lookMs }),
  );
  return {
    async *read(day) {
      for await (const appointment of readPages(appointments, day)) yield told(appointment, WITHIN_THE_DAY);
    },
    async *watch(day, after, signal) {
      signal.throwIfAborted();
      const { hub, leave } = hubs.take(day);
      signal.addEventListener('abort', leave, { once: true }); // At once, whatever is being waited for.
      try {
        await asNobody(() => hub.join());
        yield* follow(hub, () => readPages(appointments, day), after, signal);
      } finally {
        leave();
      }
    },
  };
}

async function* follow(
  hub: DayHub,
  readDay: () => AsyncGenerator<Appointment, void>,
  after: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<DayEvent, void> {
  let known = numberOf(hub, after);
  let isNew = after === undefined;
  if (known !== undefined) yield { kind: 'live', position: `${hub.id}-${known}` };
  while (true) {
    if (known === undefined || hub.hasForgotten(known)) {
      if (!isNew) yield { kind: 'reset' };
      isNew = false;
      known = hub.newest();
      // What is not as it was known then has been told to the hub meanwhile, or will be: it comes as a change.
      for await (const appointment of readDay()) {
        if (hub.hasForgotten(known)) break;
        if (hub.wasKnown(appointment, known)) yield told(appointment, WITHIN_THE_DAY);
      }
      if (!hub.hasForgotten(known)) yield { kind: 'live', position: `${hub.id}-${known}` };
      continue;
    }
    const change = hub.changeAfter(known);
    if (change) {
      yield toldChange(change, `${hub.id}-${change.number}`);
      known = change.number;
    } else await hub.news(signal);
  }
}

/** The number of the change at a position; undefined for one of another hub, or one that was forgotten. */
function numberOf(hub: DayHub, position: string | undefined): number | undefined {
  if (!position?.startsWith(`${hub.id}-`)) return undefined;
  const digits = position.slice(hub.id.length + 1);
  const number = /^(0|[1-9]\d{0,14})$/.test(digits) ? Number(digits) : Number.NaN;
  return number <= hub.newest() && !hub.hasForgotten(number) ? number : undefined;
}

function told(appointment: Appointment, position: string): DayEvent {
  return { kind: 'appointment', appointment, position };
}

function toldChange({ appointment, appointmentId }: DayChange, position: string): DayEvent {
  return appointment ? told(appointment, position) : { kind: 'removed', appointmentId, position };
}

async function* readPages(
  appointments: Pick<ClinicStorage['appointments'], 'list'>,
  { doctorId, ranges }: Day,
): AsyncGenerator<Appointment, void> {
  for (const { startsAt, endsAt: to } of ranges) {
    let after: Appointment | undefined;
    do {
      // From where the last page ended: SQLite would read the index from the beginning of the day to the place.
      const from = after?.startsAt ?? startsAt;
      const query = { doctorId, from, to, limit: PAGE + 1, ...(after && { after }) };
      const { items, last } = cutPage(await appointments.list(query), PAGE);
      yield* items;
      after = last;
    } while (after);
  }
}

/** A hub for each day that is watched, and for a while after. */
function createHubs(keepMs: number, open: (day: Day) => DayHub) {
  const entries = new Map<string, { readonly hub: DayHub; users: number; timer?: NodeJS.Timeout }>();
  return {
    take(day: Day) {
      const key = [day.doctorId, day.date, day.timeZone].join(' ');
      const entry = entries.get(key) ?? { hub: open(day), users: 0 };
      entries.set(key, entry);
      clearTimeout(entry.timer);
      entry.users += 1;
      let hasLeft = false;
      const leave = () => {
        if (hasLeft) return;
        hasLeft = true;
        entry.hub.leave();
        entry.users -= 1;
        if (entry.users > 0) return;
        entry.timer = setTimeout(() => entries.delete(key), keepMs);
        entry.timer.unref();
      };
      return { hub: entry.hub, leave };
    },
  };
}
