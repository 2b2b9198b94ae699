import type { ReceivedMessage } from './event-log.ts';
import { inTime, type KafkaConsumer, receive } from './kafka-client.ts';

const [EARLIEST, LATEST] = [-2n, -1n];
/** Until a group of one has come together: by default, brokers wait three seconds for others to join. */
const JOIN_MS = 20_000;

/** All that the topics hold now. The consumer is in a group of its own. */
export async function* listMessages(
  consumer: KafkaConsumer,
  topics: readonly string[],
  prefix: string,
): AsyncIterable<ReceivedMessage> {
  const names = topics.map((topic) => prefix + topic);
  const ends = await endsOf(consumer, names);
  if (ends.size === 0) return;
  const options = { topics: names, mode: 'earliest', autocommit: false, maxWaitTime: 500 } as const;
  const messages = (await inTime(consumer.consume(options), JOIN_MS))[Symbol.asyncIterator]();
  while (ends.size > 0) {
    const { value: message, done } = await inTime(messages.next(), JOIN_MS);
    if (done) return;
    const place = `${message.topic}/${message.partition}`;
    const end = ends.get(place);
    if (end === undefined) continue; // It came after we had looked where the end is.
    if (message.offset < end) yield receive(message, prefix);
    if (message.offset >= end - 1n) ends.delete(place);
  }
}

/** Behind the last message of each partition that has one. */
async function endsOf(consumer: KafkaConsumer, topics: string[]): Promise<Map<string, bigint>> {
  const [first, last] = await inTime(
    Promise.all([
      consumer.listOffsets({ topics, timestamp: EARLIEST }),
      consumer.listOffsets({ topics, timestamp: LATEST }),
    ]),
  );
  const ends = new Map<string, bigint>();
  for (const [topic, offsets] of last) {
    offsets.forEach((end, partition) => {
      if (end > (first.get(topic)?.[partition] ?? 0n)) ends.set(`${topic}/${partition}`, end);
    });
  }
  return ends;
}
