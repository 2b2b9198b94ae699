import { type EventLog, openKafkaLog, startRelay } from '@medcenter/stage-05-events/events';
import { type ClinicStorage, sqlOutbox } from '@medcenter/stage-05-events/repository';
import { createSystemClock } from '@medcenter/stage-05-events/service';
import { openEventStorage } from './bench-events.ts';
import { openBenchKafka } from './bench-kafka.ts';
import { openBenchPostgres } from './bench-postgres.ts';
import type { Figures, PairedCase } from './paired.ts';
import { sampleMessages } from './sample-messages.ts';

const ROWS = 1_000;
const BATCH = 100;

/** Telling what waits in the outbox by the batch, and one by one. */
export const relayCase: PairedCase = {
  name: 'relay',
  what: `${ROWS} rows of the outbox in PostgreSQL told to Kafka by stage 5's relay, ${BATCH} at a time beside one by one`,
  ratios: {
    throughput: ({ rowsPerSecond: batches = Number.NaN }, { rowsPerSecond: single = Number.NaN }) =>
      batches / single,
  },
  async open() {
    await using stack = new AsyncDisposableStack();
    const postgres = stack.use(await openBenchPostgres());
    const brokers = [await openBenchKafka(stack)];
    const storage = await openEventStorage(stack, { postgres, name: 'relay', people: 1 });
    const log = stack.adopt(await openKafkaLog({ brokers, prefix: 'bench-' }), (opened) => opened.close());
    await log.publish(sampleMessages(1)); // The topics are made by the first one.
    const opened = stack.move();
    return {
      subject: () => tellAll({ storage, log, batch: BATCH }),
      control: () => tellAll({ storage, log, batch: 1 }),
      [Symbol.asyncDispose]: () => opened.disposeAsync(),
    };
  },
};

async function tellAll({
  storage,
  log,
  batch,
}: {
  storage: ClinicStorage;
  log: EventLog;
  batch: number;
}): Promise<Figures> {
  const clock = createSystemClock();
  await storage.transaction(async (tx) => {
    for (const message of sampleMessages(ROWS)) {
      await sqlOutbox(tx.sql).add(message, clock.now().toISOString());
    }
  });
  let told = 0;
  const isTold = Promise.withResolvers<void>();
  const counting: Pick<EventLog, 'publish'> = {
    async publish(messages) {
      await log.publish(messages);
      told += messages.length;
      if (told === ROWS) isTold.resolve();
    },
  };
  const begun = performance.now();
  const relay = startRelay({ storage, log: counting, clock, batch, onTrouble: isTold.reject });
  await isTold.promise;
  await relay[Symbol.asyncDispose](); // With the last batch taken away.
  return { rowsPerSecond: (ROWS / (performance.now() - begun)) * 1_000 };
}
