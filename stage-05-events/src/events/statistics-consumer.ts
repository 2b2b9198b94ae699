import type { Appointment, AppointmentEvent, Clock } from '../domain/index.ts';
import { type ClinicStorage, sqlInbox, sqlStatistics } from '../repository/index.ts';
import { readEvent } from '../schema/index.ts';
import type { Content, EventLog } from './event-log.ts';
import { EVENT_TOPICS } from './topics.ts';

export const STATISTICS_GROUP = 'medcenter.statistics';

export interface StatisticsDeps {
  readonly storage: ClinicStorage;
  readonly clock: Clock;
}

/** Counts the event, once. The note that it was counted is in the same transaction. */
export function countEvent({ storage, clock }: StatisticsDeps) {
  return ({ id, data }: AppointmentEvent): Promise<void> =>
    storage.transaction(async (tx) => {
      if (!(await sqlInbox(tx.sql).isNew(STATISTICS_GROUP, id, clock.now()))) return;
      await sqlStatistics(tx.sql).put([data], clock.now());
    });
}

/** Rows in one statement. */
const ROWS = 500;
/** So much may the clocks of our machines differ. */
const CLOCKS_MS = 5_000;

/**
 * Makes the statistics anew from all that was ever told. Until its end everybody sees the old figures, and what is
 * counted meanwhile stays. What is not an event is passed over: it was put aside when it came. Answers how many events
 * there were.
 */
export async function replayStatistics({
  storage,
  clock,
  log,
}: StatisticsDeps & { log: Pick<EventLog, 'list'> }): Promise<number> {
  const begun = new Date(clock.now().getTime() - CLOCKS_MS);
  const newest = new Map<string, Appointment>();
  let count = 0;
  for await (const { value } of log.list(EVENT_TOPICS)) {
    const data = tryToRead(value)?.data;
    if (!data) continue;
    count += 1;
    if (data.version > (newest.get(data.id)?.version ?? 0)) newest.set(data.id, data);
  }
  // Not while it is read: a transaction that waits for Kafka holds up others, and is ended by the database.
  await storage.transaction(async (tx) => {
    const table = sqlStatistics(tx.sql);
    await table.clear(begun);
    const facts = [...newest.values()];
    for (let row = 0; row < facts.length; row += ROWS) {
      await table.put(facts.slice(row, row + ROWS), clock.now());
    }
  });
  return count;
}

function tryToRead(value: Content): AppointmentEvent | undefined {
  try {
    return readEvent(value);
  } catch {
    return undefined;
  }
}
