/** What time it is. Handed in, so that a test can stand on any day it likes. */
export interface Clock {
  /** This instant. */
  now(): Date;
  /** The date on the wall calendar where the clinic stands, as `YYYY-MM-DD`. */
  today(): string;
}
