import { openKafkaLog } from '@medcenter/stage-05-events/events';
import { compatibilityPartitioner, ProduceAcks, Producer, stringSerializers } from '@platformatic/kafka';
import { openBenchKafka } from './bench-kafka.ts';
import type { Figures, PairedCase } from './paired.ts';
import { sampleMessages } from './sample-messages.ts';

const BATCHES = 200;
const BATCH = 100;
const PREFIX = 'bench-';

/** Publishing by the application's log, and by the client that is under it. */
export const produceCase: PairedCase = {
  name: 'produce',
  what: `${BATCHES} batches of ${BATCH} messages published to Kafka one after the other, by stage 5's log beside the bare client with the same settings`,
  ratios: {
    throughput: ({ messagesPerSecond: ours = Number.NaN }, { messagesPerSecond: bare = Number.NaN }) =>
      ours / bare,
  },
  async open() {
    await using stack = new AsyncDisposableStack();
    const brokers = [await openBenchKafka(stack)];
    const log = stack.adopt(await openKafkaLog({ brokers, prefix: PREFIX }), (opened) => opened.close());
    await log.publish(sampleMessages(1)); // The topics are made by the first one.
    const producer = stack.adopt(
      new Producer({
        clientId: 'bench',
        bootstrapBrokers: brokers,
        acks: ProduceAcks.ALL,
        idempotent: true,
        retries: 2,
        partitioner: compatibilityPartitioner,
        serializers: stringSerializers,
      }),
      (opened) => opened.close(),
    );
    const ours = sampleMessages(BATCH);
    const theirs = ours.map((message) => ({ ...message, topic: PREFIX + message.topic }));
    const opened = stack.move();
    return {
      subject: () => publishAll(() => log.publish(ours)),
      control: () => publishAll(() => producer.send({ messages: theirs })),
      [Symbol.asyncDispose]: () => opened.disposeAsync(),
    };
  },
};

async function publishAll(publish: () => Promise<unknown>): Promise<Figures> {
  const begun = performance.now();
  for (let batch = 0; batch < BATCHES; batch++) await publish();
  return { messagesPerSecond: ((BATCHES * BATCH) / (performance.now() - begun)) * 1_000 };
}
