import { randomUUID } from 'node:crypto';
import type { EventLog } from './event-log.ts';
import { closeSoon, createAdmin, createConsumer, createProducer, inTime } from './kafka-client.ts';
import { lagOf } from './kafka-lag.ts';
import { listMessages } from './kafka-list.ts';
import { startReading } from './kafka-reading.ts';
import { createTopics } from './kafka-topics.ts';

export interface KafkaOptions {
  /** `host:port` of one or more of the cluster. */
  readonly brokers: readonly string[];
  /** Stands before the names of topics and groups, so that others on the same cluster do not meet ours. */
  readonly prefix: string;
}

/** Apache Kafka. Connects when it is first used, and again after each break. */
export function createKafkaLog({ brokers, prefix }: KafkaOptions): EventLog {
  const admin = createAdmin(brokers);
  const producer = createProducer(brokers);
  let made: Promise<void> | undefined;
  const forgetTopics = (error: unknown): never => {
    made = undefined; // Somebody may have deleted them.
    throw error;
  };
  const topicsAreThere = (): Promise<void> => {
    made ??= createTopics(admin, prefix).catch(forgetTopics);
    return made;
  };
  return {
    async publish(messages) {
      const ours = messages.map((message) => ({ ...message, topic: prefix + message.topic }));
      await inTime(topicsAreThere().then(() => producer.send({ messages: ours }))).catch(forgetTopics);
    },
    read: (options) =>
      startReading(options, {
        consumer: createConsumer(brokers, prefix + options.group),
        topicsAreThere,
        prefix,
      }),
    async *list(topics) {
      await inTime(topicsAreThere());
      const consumer = createConsumer(brokers, `${prefix}list-${randomUUID()}`);
      try {
        yield* listMessages(consumer, topics, prefix);
      } finally {
        await closeSoon(consumer.close(true));
      }
    },
    lag: (group, topics) =>
      inTime(topicsAreThere().then(() => lagOf(admin, prefix + group, { topics, prefix }))).catch(
        forgetTopics,
      ),
    async close() {
      await closeSoon(Promise.all([admin.close(), producer.close()]));
    },
  };
}
