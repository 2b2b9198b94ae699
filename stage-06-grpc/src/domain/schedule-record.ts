import { type Clock, validation } from '@medcenter/stage-05-events/domain';
import type { Schedule, ScheduleInput } from './schedule.ts';
import { scheduleProblems } from './schedule-rules.ts';
import type { TimeZones } from './time-zones.ts';

export interface ScheduleRules {
  readonly clock: Clock;
  readonly zones: Pick<TimeZones, 'nameOf'>;
}

/** The doctor's first schedule. @throws DomainError `validation` with every problem at once */
export function createSchedule(doctorId: string, input: ScheduleInput, rules: ScheduleRules): Schedule {
  return scheduleOf({ doctorId, version: 1 }, input, rules);
}

/** The schedule with these data instead of the old ones. @throws DomainError `validation` with every problem at once */
export function changeSchedule(
  { doctorId, version }: Schedule,
  input: ScheduleInput,
  rules: ScheduleRules,
): Schedule {
  return scheduleOf({ doctorId, version: version + 1 }, input, rules);
}

function scheduleOf(
  { doctorId, version }: Pick<Schedule, 'doctorId' | 'version'>,
  input: ScheduleInput,
  { clock, zones }: ScheduleRules,
): Schedule {
  const problems = scheduleProblems(input, zones);
  if (problems.length > 0) throw validation(problems);
  const { timeZone, slotMinutes, weekly, exceptions } = input;
  return {
    doctorId,
    timeZone: zones.nameOf(timeZone) ?? timeZone,
    slotMinutes,
    weekly: weekly.map(({ day, from, to }) => ({ day, from, to })),
    exceptions: exceptions.map(({ date, intervals }) => ({
      date,
      intervals: intervals.map(({ from, to }) => ({ from, to })),
    })),
    version,
    updatedAt: clock.now().toISOString(),
  };
}
