/** A stretch of time in which the clocks of a zone are set alike. All in milliseconds; the start is in it, the end not. */
export interface ZoneSegment {
  readonly startsAt: number;
  readonly endsAt: number;
  /** What to add to an instant in UTC for what the wall clock shows. */
  readonly offsetMs: number;
}

/** What is known of the time zones of the world. Handed in: their rules are no rules of ours, and change each year. */
export interface TimeZones {
  /** The name as IANA's time zone database writes it; undefined for what is no name of a zone there. */
  nameOf(text: string): string | undefined;
  /**
   * The instants at which the wall clocks of a zone show this date, in order. Mostly one segment; two on a day on which
   * the clocks change; none for a date that was left out, such as 2011-12-30 in Samoa. Between two there may be a gap:
   * clocks that are set back over midnight show a date twice.
   */
  segments(timeZone: string, date: string): ZoneSegment[];
}
