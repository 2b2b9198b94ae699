import { isCalendarDate } from './calendar-date.ts';

const SHAPE =
  /^(\d{4}-\d{2}-\d{2})T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/;

/**
 * Reads an instant as RFC 3339 writes it, with its offset, and answers it in UTC with milliseconds,
 * `2027-03-01T08:00:00.000Z`: one way to write each instant, so that text compares as time does.
 * Undefined when it is not one.
 */
export function parseInstant(text: string): string | undefined {
  const [, date] = SHAPE.exec(text) ?? [];
  if (!date || !isCalendarDate(date)) return undefined;
  const instant = new Date(text).toISOString();
  // An offset can lead out of the years that have four digits; and before the year 1 there was no year 0.
  return instant.length === 24 && instant >= '0001' ? instant : undefined;
}
