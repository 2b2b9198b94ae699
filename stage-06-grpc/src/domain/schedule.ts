export const WEEKDAYS = [
  'monday',
  'tuesday',
  'wednesday',
  'thursday',
  'friday',
  'saturday',
  'sunday',
] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** Times on a wall clock, `HH:MM`, half-open: `to` is the first minute that is not in it, and may be `24:00`. */
export interface WallInterval {
  readonly from: string;
  readonly to: string;
}

export interface WeeklyHours extends WallInterval {
  readonly day: Weekday;
}

/** A date that is unlike the others of its weekday. No intervals: a day off. */
export interface ScheduleException {
  /** A calendar date in the schedule's time zone. */
  readonly date: string;
  readonly intervals: readonly WallInterval[];
}

/** When a doctor works: FHIR's Schedule, written as a person says it. */
export interface ScheduleInput {
  /** An IANA name: `Europe/Berlin`. */
  readonly timeZone: string;
  readonly slotMinutes: number;
  readonly weekly: readonly WeeklyHours[];
  readonly exceptions: readonly ScheduleException[];
}

export interface Schedule extends ScheduleInput {
  readonly doctorId: string;
  /** Counts the changes, from 1. */
  readonly version: number;
  /** An instant in UTC. */
  readonly updatedAt: string;
}

/** A time that can be booked. Instants in UTC, half-open. */
export interface Slot {
  readonly startsAt: string;
  readonly endsAt: string;
}
