const SHAPE = /^(\d{4})-(\d{2})-(\d{2})$/;

/**
 * Whether the text is a day that the calendar has, written `YYYY-MM-DD` (RFC 3339, full-date).
 *
 * A calendar date stays text in all of this system. A `Date` is an instant: made from a birthday and shown in
 * another time zone, it slips to the day before.
 */
export function isCalendarDate(text: string): boolean {
  const [, year, month, day] = SHAPE.exec(text) ?? [];
  if (!year || !month || !day) return false;
  return Number(day) >= 1 && Number(day) <= daysInMonth(Number(year), Number(month));
}

/** The same day so many years earlier. 29 February may give a day that the calendar lacks; it still sorts right. */
export function yearsBefore(date: string, years: number): string {
  return String(Number(date.slice(0, 4)) - years).padStart(4, '0') + date.slice(4);
}

/** 0 for a month that there is not. */
function daysInMonth(year: number, month: number): number {
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  return [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0;
}
