import type { Appointment } from '../domain/index.ts';
import type { AppointmentTimes, ClinicStorage, InstantRange } from '../repository/index.ts';
import { orAborted } from './leavable.ts';

/** So many changes of a day are remembered for those who are slow, or who were away. */
export const REMEMBERED_CHANGES = 1_000;

export interface DayChange {
  /** From 1 on, without a gap. */
  readonly number: number;
  readonly appointmentId: string;
  /** As it is now; undefined when it is not of this day any more. */
  readonly appointment: Appointment | undefined;
}

/** Looks at one day of a doctor for all who watch it. */
export interface DayHub {
  /** No other hub has had it. */
  readonly id: string;
  /** From here on it looks. To be followed by one `leave`, also when it fails. @throws DomainError `unavailable` */
  join(): Promise<void>;
  leave(): void;
  /** The number of the newest change. */
  newest(): number;
  /** Whether changes after this one are remembered no more. */
  hasForgotten(number: number): boolean;
  /** Undefined when there is none yet. */
  changeAfter(number: number): DayChange | undefined;
  /** Resolves when there is a change. @throws whatever hinders it from looking */
  news(signal: AbortSignal): Promise<void>;
  /** Whether this was so when the change of this number was the newest one. What came to be later is told as a change. */
  wasKnown(appointment: Appointment, number: number): boolean;
}

export interface DayHubOptions {
  readonly id: string;
  readonly doctorId: string;
  readonly ranges: readonly InstantRange[];
  readonly appointments: Pick<ClinicStorage['appointments'], 'find'>;
  readonly times: Pick<AppointmentTimes, 'writes' | 'versions'>;
  /** The time between two looks. */
  readonly lookMs: number;
}

export function createDayHub({ id, lookMs, ...day }: DayHubOptions): DayHub {
  const memory = createMemory();
  const read = createReader(day, memory);
  let bell = createBell();
  let watchers = 0;
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<void> | undefined;

  const look = (): Promise<void> => {
    const before = memory.newest();
    looking ??= read().finally(() => {
      looking = undefined;
      if (memory.newest() > before) ring();
    });
    return looking;
  };
  const ring = (error?: unknown) => {
    const rung = bell;
    bell = createBell();
    if (error === undefined) rung.resolve();
    else rung.reject(error);
  };
  const lookOn = () => {
    clearTimeout(timer); // Who came during a look has begun to wait already.
    timer = setTimeout(
      () =>
        void look()
          .catch(ring)
          .then(() => watchers > 0 && lookOn()),
      lookMs,
    );
  };

  return {
    id,
    async join() {
      watchers += 1;
      await look();
      if (timer === undefined && watchers > 0) lookOn();
    },
    leave() {
      watchers -= 1;
      if (watchers > 0) return;
      clearTimeout(timer);
      timer = undefined;
    },
    news: (signal) => orAborted(bell.promise, signal),
    newest: memory.newest,
    hasForgotten: memory.hasForgotten,
    changeAfter: memory.changeAfter,
    wasKnown: memory.wasKnown,
  };
}

function createBell(): PromiseWithResolvers<void> {
  const bell = Promise.withResolvers<void>();
  bell.promise.catch(() => {}); // There may be nobody who waits.
  return bell;
}

interface Memory {
  newest(): number;
  hasForgotten(number: number): boolean;
  changeAfter(number: number): DayChange | undefined;
  wasKnown(appointment: Appointment, number: number): boolean;
  /** Undefined before the first look. */
  versions(): ReadonlyMap<string, number> | undefined;
  note(appointmentId: string, appointment: Appointment | undefined): void;
  /** Knows this from now on, and forgets all changes: they are too many to be told one by one, or there were none. */
  begin(versions: Map<string, number>): void;
}

/** Holds the version of each appointment of the day, and the newest changes; of the other appointments no more. */
function createMemory(): Memory {
  let versions: Map<string, number> | undefined;
  let changes: DayChange[] = [];
  let forgotten = 0;
  /** The number of the newest change of each appointment that is among the changes. */
  const lastOf = new Map<string, number>();
  const newest = () => forgotten + changes.length;
  const forgetOldest = () => {
    const oldest = changes.shift();
    forgotten += 1;
    if (oldest && lastOf.get(oldest.appointmentId) === forgotten) lastOf.delete(oldest.appointmentId);
  };
  return {
    newest,
    hasForgotten: (number) => number < forgotten,
    changeAfter: (number) => changes[number - forgotten],
    wasKnown: ({ id, version }, number) => versions?.get(id) === version && (lastOf.get(id) ?? 0) <= number,
    versions: () => versions,
    note(appointmentId, appointment) {
      if (appointment) versions?.set(appointmentId, appointment.version);
      else versions?.delete(appointmentId);
      changes.push({ number: newest() + 1, appointmentId, appointment });
      lastOf.set(appointmentId, newest());
      if (changes.length > REMEMBERED_CHANGES) forgetOldest();
    },
    begin(now) {
      forgotten = versions ? newest() + 1 : 0;
      versions = now;
      changes = [];
      lastOf.clear();
    },
  };
}

/**
 * A look: reads what has changed since the last one, if anything was written. The number of writes is read first: what
 * is written after that makes it another one, and is found by the next look.
 */
function createReader(day: Omit<DayHubOptions, 'id' | 'lookMs'>, memory: Memory): () => Promise<void> {
  const { doctorId, ranges, appointments, times } = day;
  let writes: number | undefined;
  return async () => {
    const writesNow = await times.writes(doctorId);
    if (writesNow === writes) return;
    const now = await times.versions(doctorId, ranges);
    const before = memory.versions();
    const gone = [...(before?.keys() ?? [])].filter((id) => !now.has(id));
    const changed = before ? [...now.keys()].filter((id) => before.get(id) !== now.get(id)) : [];
    if (!before || gone.length + changed.length > REMEMBERED_CHANGES) memory.begin(now);
    else {
      for (const id of gone) memory.note(id, undefined);
      for (const id of changed) {
        const appointment = await appointments.find(id);
        // If it has left the day in this moment, the next look will see it.
        if (appointment && isWithin(ranges, appointment)) memory.note(id, appointment);
      }
    }
    writes = writesNow;
  };
}

function isWithin(ranges: readonly InstantRange[], { startsAt }: Appointment): boolean {
  return ranges.some((range) => startsAt >= range.startsAt && startsAt < range.endsAt);
}
