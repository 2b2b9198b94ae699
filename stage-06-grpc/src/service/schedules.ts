import {
  getDoctor,
  refuseOtherVersion,
  type AppointmentRegistry,
  type ClinicDeps,
} from '@medcenter/stage-05-events/service';
import {
  changeSchedule,
  createSchedule,
  dateAfter,
  dateProblem,
  DomainError,
  type FieldProblem,
  freeSlots,
  joinRanges,
  MAX_SLOT_DAYS,
  notFound,
  type PreconditionErrorCode,
  slotsOf,
  type TimeZones,
  validation,
} from '../domain/index.ts';
import type { AppointmentTimes, ScheduleTable, Sql } from '../repository/index.ts';
import { createSlotBooking } from './book-slot.ts';
import { createDayWatch, type Day } from './day-watch.ts';
import { leavable } from './leavable.ts';
import type { DayQuery, ScheduleService, SlotQuery } from './schedule-service.ts';
import { createTurns } from './turns.ts';

export interface ScheduleDeps extends ClinicDeps {
  /** Books at any time that the storage lets pass. */
  readonly appointments: Pick<AppointmentRegistry, 'book'>;
  schedulesOver(sql: Sql): ScheduleTable;
  readonly times: AppointmentTimes;
  readonly zones: TimeZones;
  /** How long after a change those who watch a day are told, at the most. */
  readonly lookMs?: number;
  /** How long one who watched a day may be away, and go on where they were. */
  readonly keepMs?: number;
}

/** Schedules, slots and bookings over the storage. Whoever calls it need not be in this process. */
export function createScheduleService(deps: ScheduleDeps): ScheduleService {
  const { storage, clock, zones, times, schedulesOver, newId, lookMs = 250, keepMs = 60_000 } = deps;
  const schedules = schedulesOver(storage.sql);
  const days = createDayWatch({ storage, times, newId, lookMs, keepMs });
  const inTurn = createTurns();
  return {
    async getSchedule(doctorId, { signal } = {}) {
      signal?.throwIfAborted();
      await getDoctor(storage.doctors, doctorId);
      const schedule = await schedules.find(doctorId);
      if (!schedule) throw noSchedule(doctorId);
      return schedule;
    },

    async putSchedule(doctorId, input, { signal, expected } = {}) {
      signal?.throwIfAborted();
      return storage.transaction(async (tx) => {
        await getDoctor(tx.doctors, doctorId);
        await tx.sql.lock(doctorId); // Bookings that look at the schedule come before, or see the new one.
        const table = schedulesOver(tx.sql);
        const before = await table.find(doctorId);
        if (before) refuseOtherVersion(before, expected);
        else if (expected) throw nothingToMatch();
        const rules = { clock, zones };
        const schedule = before
          ? changeSchedule(before, input, rules)
          : createSchedule(doctorId, input, rules);
        await table.put(schedule);
        return schedule;
      });
    },

    async availableSlots(query, { signal } = {}) {
      signal?.throwIfAborted();
      const problems = slotQueryProblems(query);
      if (problems.length > 0) throw validation(problems);
      await getDoctor(storage.doctors, query.doctorId);
      const schedule = await schedules.find(query.doctorId);
      if (!schedule) return [];
      const now = clock.now().toISOString();
      // A month of short slots takes a tenth of a second.
      const slots = await inTurn(
        () => slotsOf(schedule, query, zones).filter(({ startsAt }) => startsAt >= now),
        signal,
      );
      const [first, last] = [slots[0], slots.at(-1)];
      if (!first || !last) return [];
      signal?.throwIfAborted();
      const range = { startsAt: first.startsAt, endsAt: last.endsAt };
      return freeSlots(slots, await times.taken(query.doctorId, range));
    },

    bookSlot: createSlotBooking({ ...deps, schedules }),

    watchDay: (query, { signal: outer } = {}) =>
      leavable(async function* (signal) {
        const day = await readDay(query);
        if (query.watch) return yield* days.watch(day, query.after, signal);
        if (query.after !== undefined) yield { kind: 'reset' };
        yield* days.read(day);
      }, outer),
  };

  async function readDay({ doctorId, date }: DayQuery): Promise<Day> {
    const problem = dateProblem(date);
    if (problem !== undefined) throw validation([{ path: '/date', message: problem }]);
    await getDoctor(storage.doctors, doctorId);
    const { timeZone } = (await schedules.find(doctorId)) ?? { timeZone: 'UTC' };
    const ranges = joinRanges(zones.segments(timeZone, date)).map(({ startsAt, endsAt }) => ({
      startsAt: new Date(startsAt).toISOString(),
      endsAt: new Date(endsAt).toISOString(),
    }));
    return { doctorId, date, timeZone, ranges };
  }
}

function slotQueryProblems({ from, to }: SlotQuery): FieldProblem[] {
  const problems = Object.entries({ from, to }).flatMap(([name, date]) => {
    const message = dateProblem(date);
    return message === undefined ? [] : [{ path: `/${name}`, message }];
  });
  if (problems.length > 0) return problems;
  if (to < from) return [{ path: '/to', message: 'is before from' }];
  const last = dateAfter(from, MAX_SLOT_DAYS - 1);
  return to <= last ? [] : [{ path: '/to', message: `is over ${MAX_SLOT_DAYS} days: ask up to ${last}` }];
}

function noSchedule(doctorId: string): DomainError {
  return notFound('schedule of a doctor', doctorId);
}

function nothingToMatch(): DomainError {
  const code: PreconditionErrorCode = 'precondition_failed';
  return new DomainError(code, 'the doctor has no schedule yet: leave the version out');
}
