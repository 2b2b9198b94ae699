import { askKafka } from './kafka-wire.ts';
import { kafkaBroker, openLocalKafka } from './local-kafka.ts';
import type { Service } from './service.ts';

/** It has the plain names of topics and groups. Each later stage has a prefix, so that none reads what another tells. */
const FIRST_STAGE = 5;

export const kafka: Service = {
  name: 'kafka',
  title: 'Kafka',
  ports: [9092, 9093, 9094, 9095],
  openLocal(options) {
    const server = openLocalKafka(options);
    return {
      ...server,
      place: server.dataFolder,
      start: (ports) => server.start(ports, { detached: true }),
      log: async (lines) => server.log(lines),
    };
  },
  /** Clients go on to where the broker says it is: that must be where they have asked. */
  async ask({ port }) {
    const { brokers } = await askKafka(kafkaBroker({ port }));
    if (!brokers.some((broker) => broker.port === port)) throw new Error('It lets no clients in yet.');
  },
  /** The stages share one broker, as they would share a cluster: see the prefixes. */
  async provide() {},
  variables: (address, { number }) => ({
    KAFKA_BROKERS: kafkaBroker(address),
    ...(number > FIRST_STAGE && { KAFKA_TOPIC_PREFIX: `stage-${String(number).padStart(2, '0')}.` }),
  }),
};
