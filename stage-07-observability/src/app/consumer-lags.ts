import { type EventLog, EVENT_TOPICS, REMINDERS_GROUP, STATISTICS_GROUP } from '../events/index.ts';
import type { GroupLag } from '../observability/index.ts';

/** How far the consumers of this program are behind, topic by topic. */
export async function consumerLags(log: Pick<EventLog, 'lag'>): Promise<GroupLag[]> {
  const lags = [STATISTICS_GROUP, REMINDERS_GROUP].map(async (group) => {
    const messages = await log.lag(group, EVENT_TOPICS);
    return [...messages].map(([topic, count]) => ({ topic, group, messages: count }));
  });
  return (await Promise.all(lags)).flat();
}
