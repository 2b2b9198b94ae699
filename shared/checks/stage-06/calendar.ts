const DAY_MS = 86_400_000;

/** A calendar date, so many days after another one. */
export const dayAfter = (date: string, days = 1): string => dateOf(Date.parse(date) + days * DAY_MS);

const dateOf = (milliseconds: number) => new Date(milliseconds).toISOString().slice(0, 10);

/** The first date after another one that is such a day of the week; 0 is a Sunday. */
function next(weekday: number, after: string): string {
  const days = (weekday - new Date(after).getUTCDay() + 7) % 7 || 7;
  return dayAfter(after, days);
}

/** A Monday, some weeks from now. */
export const MONDAY = next(1, dateOf(Date.now() + 45 * DAY_MS));
export const TUESDAY = dayAfter(MONDAY);

export const TODAY = (): string => dateOf(Date.now());

/** What has happened this year may be past: the clocks are looked at in the next one. */
const YEAR = new Date().getUTCFullYear() + 1;

const lastSundayOf = (month: number) => dayAfter(next(0, `${YEAR}-${pad(month)}-31`), -7);
const firstSundayOf = (month: number) => next(0, dayAfter(`${YEAR}-${pad(month)}-01`, -1));
const pad = (number: number) => String(number).padStart(2, '0');

/** In Berlin at 01:00 UTC, of that Sunday. */
export const BERLIN = { forward: lastSundayOf(3), back: lastSundayOf(10) };
/** On Lord Howe Island at 02:00 by the clock there, by half an hour. */
export const LORD_HOWE = { forward: firstSundayOf(10), back: firstSundayOf(4) };

/** A Wednesday in the summer of São Paulo, where clocks were changed in earlier years. */
export const SOUTHERN_SUMMER = next(3, `${YEAR}-01-10`);
