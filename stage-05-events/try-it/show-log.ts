// Shows what the topics hold, a line for each message: topic/partition/offset, then the value. TOPIC…, or none for all.
import { deadLetterTopic, EVENT_TOPICS } from '../src/events/index.ts';
import { openOwnLog } from './open-own-log.ts';

const all = [...EVENT_TOPICS, ...EVENT_TOPICS.map(deadLetterTopic)];
const chosen = process.argv.slice(2);
const log = await openOwnLog();
for await (const { topic, partition, offset, value } of log.list(chosen.length > 0 ? chosen : all)) {
  console.log(`${topic}/${partition}/${offset} ${value}`);
}
await log.close();
