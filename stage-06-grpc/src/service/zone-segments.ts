import { Temporal } from 'temporal-polyfill';
import type { TimeZones, ZoneSegment } from '../domain/index.ts';

const DAY_MS = 86_400_000;

/** The time zones of the machine's own copy of IANA's database, asked by Temporal: the runtime's, or the polyfill's. */
export function createTimeZones(): TimeZones {
  return { nameOf, segments };
}

function nameOf(text: string): string | undefined {
  // Temporal takes offsets and whole timestamps, too: an offset is no zone, for it does not know when clocks change.
  if (!/^[a-z][\w+/-]*$/i.test(text)) return undefined;
  try {
    return Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(text).timeZoneId;
  } catch {
    return undefined;
  }
}

function segments(timeZone: string, date: string): ZoneSegment[] {
  const midnight = Date.parse(date);
  const found: ZoneSegment[] = [];
  // An offset is less than a day: the date is found within a day of where UTC has it.
  let at: Temporal.ZonedDateTime | null = atInstant(midnight - DAY_MS, timeZone);
  while (at && at.epochMilliseconds < midnight + 2 * DAY_MS) {
    const offsetMs = at.offsetNanoseconds / 1e6;
    const next: Temporal.ZonedDateTime | null = at.getTimeZoneTransition('next');
    const startsAt = Math.max(at.epochMilliseconds, midnight - offsetMs);
    const endsAt = Math.min(
      next?.epochMilliseconds ?? Number.POSITIVE_INFINITY,
      midnight - offsetMs + DAY_MS,
    );
    if (startsAt < endsAt) found.push({ startsAt, endsAt, offsetMs });
    at = next;
  }
  return found;
}

function atInstant(milliseconds: number, timeZone: string): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(milliseconds).toZonedDateTimeISO(timeZone);
}
