import { kafkaBroker, openLocalKafka } from './local-kafka.ts';
import { createThrowAwayFolder, disposeOfAbandoned, startThrowAway, type ThrowAway } from './throw-away.ts';

/** A Kafka with new data on a free port, for tests. Its `url` is the address of its one broker. @throws ServiceError when there is none here */
export async function startThrowAwayKafka(options: {
  detached: boolean;
  signal?: AbortSignal;
}): Promise<ThrowAway> {
  const folder = createThrowAwayFolder('kafka');
  const server = openLocalKafka({ folder, signal: options.signal });
  return await startThrowAway({ server, folder, urlOf: (port) => kafkaBroker({ port }) }, options);
}

/** Ends the servers whose owner could not, because it was itself killed. */
export async function disposeOfAbandonedKafka(): Promise<void> {
  await disposeOfAbandoned('kafka', (folder) => openLocalKafka({ folder }));
}
