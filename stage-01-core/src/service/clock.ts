import type { Clock } from '../domain/index.ts';

/** The machine's clock. `timeZone` is an IANA name, such as `Europe/Berlin`; without one, the machine's own. */
export function createSystemClock(timeZone?: string): Clock {
  // Swedish writes a date as ISO 8601 does.
  const calendar = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' });
  return {
    now: () => new Date(),
    today: () => calendar.format(new Date()),
  };
}
