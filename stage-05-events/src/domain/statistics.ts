/** What happened with the appointments of a doctor that begin on a date, in UTC. */
export interface DayStatistics {
  /** A calendar date. */
  readonly date: string;
  readonly doctorId: string;
  /** All that were booked for this date, also those that were cancelled later. */
  readonly booked: number;
  readonly cancelled: number;
}

/** Conditions on the date include both ends. */
export interface StatisticsQuery {
  readonly from?: string;
  readonly to?: string;
  readonly doctorId?: string;
}
