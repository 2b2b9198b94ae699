import type { Schedule, ScheduleInput, Slot, WallInterval } from './schedule.ts';
import { WEEKDAYS } from './schedule.ts';
import { byBeginning } from './schedule-rules.ts';
import type { TimeZones, ZoneSegment } from './time-zones.ts';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/** A stretch of time in milliseconds; the start is in it, the end not. */
export interface TimeRange {
  readonly startsAt: number;
  readonly endsAt: number;
}

/** When the doctor works on a date, by the clock on the wall. An exception stands in the place of the week's hours. */
export function wallHoursOf(
  { weekly, exceptions }: Pick<ScheduleInput, 'weekly' | 'exceptions'>,
  date: string,
): readonly WallInterval[] {
  const exception = exceptions.find((each) => each.date === date);
  // Of a calendar date UTC tells the weekday, which is the same in every zone.
  const weekday = WEEKDAYS[(new Date(date).getUTCDay() + 6) % 7];
  return (exception?.intervals ?? weekly.filter(({ day }) => day === weekday)).toSorted(byBeginning);
}

/**
 * The slots of a schedule on some dates, both included, in order; whether they are free or past is not asked.
 *
 * An instant is working time when the clock on the wall then shows a time inside `[from, to)` of that date's hours.
 * Each run of such instants without a break is cut from its beginning into slots of `slotMinutes`, as time goes by;
 * what is left at the end is no slot. So where clocks go forward the skipped hours have no slots, and where they go
 * back the hour that comes twice has them twice.
 *
 * Each row of the hours is cut for itself, also where one begins as another ends: 09:00 to 12:00 and 12:00 to 13:00
 * have slots from 12:00 on, whatever is left over before. So it is with a row until 24:00 and the next date's hours.
 */
export function slotsOf(
  schedule: ScheduleInput,
  { from, to }: { readonly from: string; readonly to: string },
  zones: Pick<TimeZones, 'segments'>,
): Slot[] {
  const slots: TimeRange[] = [];
  for (let date = from; date <= to; date = dateAfter(date)) {
    const hours = wallHoursOf(schedule, date);
    if (hours.length === 0) continue;
    const segments = zones.segments(schedule.timeZone, date);
    for (const interval of hours) {
      for (const run of joinRanges(segments.map((segment) => workingTime(segment, date, interval)))) {
        slots.push(...cut(run, schedule.slotMinutes * MINUTE_MS));
      }
    }
  }
  // Where clocks go back over midnight, a date's hours may end after the next date's began.
  return slots.sort((a, b) => a.startsAt - b.startsAt).map(toSlot);
}

/** The slot that begins at an instant; undefined when none does. */
export function slotAt(
  schedule: Schedule,
  startsAt: string,
  zones: Pick<TimeZones, 'segments'>,
): Slot | undefined {
  const inUtc = startsAt.slice(0, 10);
  // No zone is a day ahead of UTC, or behind it.
  const dates = { from: dateAfter(inUtc, -1), to: dateAfter(inUtc) };
  return slotsOf(schedule, dates, zones).find((slot) => slot.startsAt === startsAt);
}

/** The slots that share no moment with what is taken. Both in order, and none of either overlaps another of its kind. */
export function freeSlots(slots: readonly Slot[], taken: readonly Slot[]): Slot[] {
  let next = 0;
  return slots.filter(({ startsAt, endsAt }) => {
    while ((taken[next]?.endsAt ?? '~') <= startsAt) next += 1;
    return (taken[next]?.startsAt ?? '~') >= endsAt;
  });
}

/** So many days later, by the calendar. */
export function dateAfter(date: string, days = 1): string {
  return new Date(Date.parse(date) + days * DAY_MS).toISOString().slice(0, 10);
}

/** Ranges in order; those that touch become one, and those without length none. */
export function joinRanges(ranges: readonly TimeRange[]): TimeRange[] {
  const joined: TimeRange[] = [];
  for (const { startsAt, endsAt } of ranges) {
    if (startsAt >= endsAt) continue;
    const last = joined.at(-1);
    if (last?.endsAt === startsAt) joined[joined.length - 1] = { startsAt: last.startsAt, endsAt };
    else joined.push({ startsAt, endsAt });
  }
  return joined;
}

function workingTime(segment: ZoneSegment, date: string, { from, to }: WallInterval): TimeRange {
  const midnight = Date.parse(date) - segment.offsetMs;
  return {
    startsAt: Math.max(segment.startsAt, midnight + minutesOf(from) * MINUTE_MS),
    endsAt: Math.min(segment.endsAt, midnight + minutesOf(to) * MINUTE_MS),
  };
}

function minutesOf(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
}

function cut({ startsAt, endsAt }: TimeRange, length: number): TimeRange[] {
  const count = Math.floor((endsAt - startsAt) / length);
  return Array.from({ length: count }, (_, index) => ({
    startsAt: startsAt + index * length,
    endsAt: startsAt + (index + 1) * length,
  }));
}

function toSlot({ startsAt, endsAt }: TimeRange): Slot {
  return { startsAt: new Date(startsAt).toISOString(), endsAt: new Date(endsAt).toISOString() };
}
