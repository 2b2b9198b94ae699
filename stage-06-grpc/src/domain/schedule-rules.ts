import { type FieldProblem, isCalendarDate } from '@medcenter/stage-05-events/domain';
import {
  type ScheduleException,
  type ScheduleInput,
  WEEKDAYS,
  type WallInterval,
  type WeeklyHours,
} from './schedule.ts';
import type { TimeZones } from './time-zones.ts';

export const SLOT_MINUTES = { least: 5, most: 480 } as const;
/** A schedule is read whole, and for each booking: it has its measure, with which it fits into a request of each door. */
export const SCHEDULE_LIMITS = { weekly: 100, exceptions: 366, intervals: 24, allIntervals: 1_000 } as const;
/** So many dates at a time can be asked for their slots. */
export const MAX_SLOT_DAYS = 31;

/** A schedule of which some fields are not there. */
export interface ScheduleFields {
  readonly timeZone?: string;
  readonly slotMinutes?: number;
  readonly weekly?: readonly (Partial<WeeklyHours> | undefined)[];
  readonly exceptions?: readonly (ExceptionFields | undefined)[];
}
interface ExceptionFields extends Partial<Pick<ScheduleException, 'date'>> {
  readonly intervals?: readonly (Partial<WallInterval> | undefined)[];
}

true satisfies ScheduleInput extends ScheduleFields ? true : false;

/** Every rule that the given fields break; a field that is not there breaks none. */
export function scheduleProblems(fields: ScheduleFields, zones: Pick<TimeZones, 'nameOf'>): FieldProblem[] {
  const { timeZone, slotMinutes, weekly = [], exceptions = [] } = fields;
  const problems: FieldProblem[] = [];
  if (timeZone !== undefined && zones.nameOf(timeZone) === undefined) {
    const message = 'is no time zone: give a name of the IANA database, such as Europe/Berlin';
    problems.push({ path: '/timeZone', message });
  }
  if (slotMinutes !== undefined && !isSlotLength(slotMinutes)) {
    const message = `is not a whole number of minutes from ${SLOT_MINUTES.least} to ${SLOT_MINUTES.most}`;
    problems.push({ path: '/slotMinutes', message });
  }
  return [...problems, ...weeklyProblems(weekly), ...exceptionsProblems(exceptions)];
}

/** What is wrong with a date for which somebody asks for slots or appointments, or at which hours are others. */
export function dateProblem(date: string): string | undefined {
  if (!isCalendarDate(date)) return 'is not a calendar date: write it as 2027-03-01';
  // What lies beyond is a slip of the pen; and at the edges of the calendar there would be dates without neighbours.
  return date >= '1970' && date < '3000' ? undefined : 'is not in the years 1970 to 2999';
}

function isSlotLength(minutes: number): boolean {
  return Number.isInteger(minutes) && minutes >= SLOT_MINUTES.least && minutes <= SLOT_MINUTES.most;
}

function weeklyProblems(rows: NonNullable<ScheduleFields['weekly']>): FieldProblem[] {
  const tooMany = countProblems('/weekly', rows.length, SCHEDULE_LIMITS.weekly);
  if (tooMany.length > 0) return tooMany;
  const placed = rows.map((row, index) => ({ ...row, path: `/weekly/${index}` }));
  const strangeDays = placed.filter(({ day }) => day !== undefined && !WEEKDAYS.includes(day));
  return [
    ...strangeDays.map(({ path }) => ({ path: `${path}/day`, message: `is none of ${WEEKDAYS.join(', ')}` })),
    ...placed.flatMap(intervalProblems),
    ...WEEKDAYS.flatMap((each) => overlapProblems(placed.filter(({ day }) => day === each))),
  ];
}

function exceptionsProblems(exceptions: NonNullable<ScheduleFields['exceptions']>): FieldProblem[] {
  const tooMany = countProblems('/exceptions', exceptions.length, SCHEDULE_LIMITS.exceptions);
  if (tooMany.length > 0) return tooMany;
  const total = exceptions.reduce((sum, each) => sum + (each?.intervals?.length ?? 0), 0);
  const dates = new Set<string>();
  const problems = exceptions.flatMap(({ date, intervals = [] } = {}, index) => {
    const path = `/exceptions/${index}`;
    const message =
      date !== undefined && dates.has(date) ? 'was given before: put all its intervals there' : undefined;
    if (date !== undefined) dates.add(date);
    const wrongDate = date === undefined ? undefined : (message ?? dateProblem(date));
    const dateProblems = wrongDate === undefined ? [] : [{ path: `${path}/date`, message: wrongDate }];
    return [...dateProblems, ...intervalsProblems(`${path}/intervals`, intervals)];
  });
  const most = SCHEDULE_LIMITS.allIntervals;
  return [...countProblems('/exceptions', total, most, 'intervals in all'), ...problems];
}

function intervalsProblems(
  path: string,
  intervals: readonly (Partial<WallInterval> | undefined)[],
): FieldProblem[] {
  const tooMany = countProblems(path, intervals.length, SCHEDULE_LIMITS.intervals);
  if (tooMany.length > 0) return tooMany;
  const placed = intervals.map((interval, index) => ({ ...interval, path: `${path}/${index}` }));
  return [...placed.flatMap(intervalProblems), ...overlapProblems(placed)];
}

interface PlacedInterval extends Partial<WallInterval> {
  readonly path: string;
}

function intervalProblems({ path, from, to }: PlacedInterval): FieldProblem[] {
  const problems: FieldProblem[] = [];
  if (from !== undefined && !isBeginning(from)) {
    problems.push({ path: `${path}/from`, message: 'is not a time of day: write it as 09:00' });
  }
  if (to !== undefined && !isEnd(to)) {
    problems.push({
      path: `${path}/to`,
      message: 'is not a time of day: write it as 13:00, midnight as 24:00',
    });
  }
  if (problems.length === 0 && from !== undefined && to !== undefined && to <= from) {
    const remedy = to === '00:00' ? ': write midnight as 24:00' : ': hours over midnight are two rows';
    problems.push({ path: `${path}/to`, message: `is not after from${remedy}` });
  }
  return problems;
}

/** Of intervals of one day. Those that only touch do not overlap. */
function overlapProblems(intervals: readonly PlacedInterval[]): FieldProblem[] {
  const sound = intervals.filter(
    (each): each is WallInterval & PlacedInterval =>
      each.from !== undefined && each.to !== undefined && intervalProblems(each).length === 0,
  );
  let end = '';
  return sound.toSorted(byBeginning).flatMap(({ path, from, to }) => {
    const overlaps = from < end;
    if (to > end) end = to;
    return overlaps ? [{ path: `${path}/from`, message: 'is within other hours of that day' }] : [];
  });
}

/** Times of day, as they are written here, sort as text. */
export function byBeginning(a: WallInterval, b: WallInterval): number {
  return a.from < b.from ? -1 : Number(a.from > b.from);
}

function isBeginning(time: string): boolean {
  return /^([01]\d|2[0-3]):[0-5]\d$/.test(time);
}

function isEnd(time: string): boolean {
  return isBeginning(time) || time === '24:00';
}

function countProblems(path: string, count: number, most: number, what = 'entries'): FieldProblem[] {
  return count <= most ? [] : [{ path, message: `has ${count} ${what}: give ${most} at the most` }];
}
