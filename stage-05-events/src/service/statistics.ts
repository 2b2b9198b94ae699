import type { DayStatistics, StatisticsQuery } from '../domain/index.ts';
import type { StatisticsTable } from '../repository/index.ts';

/** How many appointments were booked and cancelled, as far as the events have come. */
export interface Statistics {
  /** By date, then by doctor. */
  list(query: StatisticsQuery): Promise<DayStatistics[]>;
}

export function createStatistics(table: Pick<StatisticsTable, 'list'>): Statistics {
  return { list: (query) => table.list(query) };
}
