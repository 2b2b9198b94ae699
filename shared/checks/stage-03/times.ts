const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** A whole hour, some weeks from now. */
const SOON = Math.ceil((Date.now() + 40 * 24 * HOUR) / HOUR) * HOUR;

/** An instant to come, so many minutes after the hour that all checks count from. Each books people of its own. */
export const at = (minutes: number): string => new Date(SOON + minutes * MINUTE).toISOString();

/** The same instant as a clock shows it that is some hours ahead of UTC, or behind it. */
export function atOffset(minutes: number, hours: number): string {
  const wall = new Date(SOON + minutes * MINUTE + hours * HOUR).toISOString().slice(0, 19);
  return `${wall}${hours < 0 ? '-' : '+'}${String(Math.abs(hours)).padStart(2, '0')}:00`;
}

/** An instant so many minutes from now. */
export const fromNow = (minutes: number): string => new Date(Date.now() + minutes * MINUTE).toISOString();

export const sameInstant = (one: unknown, other: string): boolean =>
  typeof one === 'string' && Date.parse(one) === Date.parse(other);
