import { test } from 'node:test';
import { askKafka } from './kafka-wire.ts';
import { needsKafkaPrograms } from './testing.ts';
import { disposeOfAbandonedKafka } from './throw-away-kafka.ts';
import { assertOutlivesItsOwner } from './throw-away-testing.ts';

test(
  'a Kafka that is thrown away outlives an owner that is killed, also frozen, and is ended by the next one',
  needsKafkaPrograms(),
  (t) =>
    assertOutlivesItsOwner(t, {
      name: 'Kafka',
      disposeOfAbandoned: disposeOfAbandonedKafka,
      ask: (url) => askKafka(url),
    }),
);
