import type { Clock } from '../domain/index.ts';
import { openDatabase } from '../repository/index.ts';
import type { EventLog, ReceivedMessage } from './event-log.ts';
import type { Worker } from './repeat-until-stopped.ts';
import { startSqliteReading } from './sqlite-reading.ts';
import { sqlMessages, sqlOffsets } from './sqlite-tables.ts';

const FOLDERS = [new URL('../../log-migrations/', import.meta.url)];
const PAGE = 500;

/**
 * A log in a file, for one machine: it stands for Kafka where there is none. Each topic is one row of messages, without
 * partitions; of each group one process reads at a time. It is good across processes, and it survives `kill -9`.
 */
export async function openSqliteLog(file: string, clock: Clock): Promise<EventLog> {
  const database = await openDatabase({ url: undefined, file, fileVariable: 'EVENTS_FILE' }, FOLDERS);
  const readers = new Set<Worker>();
  return {
    async publish(messages) {
      const time = clock.now().toISOString();
      await database.transaction(async (sql) => {
        for (const message of messages) await sqlMessages(sql).append(message, time);
      });
      for (const reader of readers) reader.wake(); // Those of other processes look by themselves.
    },
    read(options) {
      const reader = startSqliteReading({ ...options, database, clock });
      readers.add(reader);
      return {
        async [Symbol.asyncDispose]() {
          readers.delete(reader);
          await reader[Symbol.asyncDispose]();
        },
      };
    },
    async *list(topics) {
      for (const topic of topics) {
        let page: ReceivedMessage[];
        for (let next = 0; ; next += PAGE) {
          page = await sqlMessages(database).list(topic, { from: next, limit: PAGE });
          yield* page;
          if (page.length < PAGE) break;
        }
      }
    },
    async lag(group, topics) {
      const lags = new Map<string, number>();
      for (const topic of topics) {
        // In this order: what is published or handled in between cannot make it less than none.
        const next = await sqlOffsets(database).next(group, topic);
        lags.set(topic, (await sqlMessages(database).end(topic)) - next);
      }
      return lags;
    },
    close: () => database.close(),
  };
}
