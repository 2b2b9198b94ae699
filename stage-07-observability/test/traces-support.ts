import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { createFolder, createLines } from '@medcenter/shared/testing';
import { createTopicPrefix, needsKafka, testBrokers } from '@medcenter/shared/testing/kafka';
import { createDatabase, needsPostgres } from '@medcenter/shared/testing/postgres';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { type EventLog, openKafkaLog, openSqliteLog } from '../src/events/index.ts';
import { createLogger, openTracing, type Tracing } from '../src/observability/index.ts';
import {
  type DatabaseOptions,
  migrateDatabase,
  migrations,
  openDatabase,
  type SqlDatabase,
} from '../src/repository/index.ts';
import { createSystemClock } from '../src/service/index.ts';

type Suite = { skip?: string | false };
const migrate = async (url: string) => void (await migrateDatabase({ url, file: '' }, migrations));

export interface DatabaseKind {
  readonly name: 'SQLite' | 'PostgreSQL';
  readonly suite: Suite;
  /** Makes an empty database of the test's own: its tables are there already. */
  place(t: TestContext): Promise<DatabaseOptions>;
}

export const TRACED_DATABASES: readonly DatabaseKind[] = [
  {
    name: 'SQLite',
    suite: {},
    place: async (t) => ({ url: undefined, file: join(await createFolder(t), 'medcenter.db') }),
  },
  {
    name: 'PostgreSQL',
    suite: needsPostgres(),
    // Patience: a busy machine is not what these tests are about.
    place: async (t) => ({ url: await createDatabase(t, migrate), file: '', limits: { connectMs: 5_000 } }),
  },
];

export async function openSql(t: TestContext, options: DatabaseOptions): Promise<SqlDatabase> {
  const database = await openDatabase(options, migrations);
  t.after(() => database.close());
  return database;
}

export interface LogKind {
  readonly name: string;
  readonly suite: Suite;
  /** An empty log; each call of what it answers opens it once more. */
  place(t: TestContext): Promise<() => Promise<EventLog>>;
}

function opening(t: TestContext, open: () => Promise<EventLog>): () => Promise<EventLog> {
  return async () => {
    const log = await open();
    t.after(() => log.close());
    return log;
  };
}

export const FILE_LOG: LogKind = {
  name: 'the log in a file',
  suite: {},
  place: async (t) => {
    const file = join(await createFolder(t), 'events.db');
    return opening(t, () => openSqliteLog(file, createSystemClock()));
  },
};

export const TRACED_LOGS: readonly LogKind[] = [
  FILE_LOG,
  {
    name: 'Kafka',
    suite: needsKafka(),
    place: async (t) => {
      const prefix = createTopicPrefix();
      return opening(t, () => openKafkaLog({ brokers: testBrokers().split(','), prefix }));
    },
  },
];

export interface Traces {
  readonly tracing: Tracing;
  /** Ends the tracing. Answers all spans that have ended, in the order of their ends. */
  end(): Promise<ReadableSpan[]>;
}

/** Tracing as the program does it, whose spans are kept in a list. */
export function createTraces(t: TestContext, ratio = 1): Traces {
  const spans: ReadableSpan[] = [];
  const tracing = openTracing({
    service: 'tests',
    ratio,
    exporter: {
      export(batch, done) {
        spans.push(...batch);
        done({ code: 0 });
      },
      shutdown: async () => {},
    },
  });
  t.after(() => tracing.close());
  return {
    tracing,
    async end() {
      await tracing.close();
      return spans;
    },
  };
}

/** Work that is done while a request is answered, say. */
export function inSpan<T>({ tracing }: Traces, work: () => T): T {
  return tracing.span('outer', {}, work);
}

export function spanOf(spans: readonly ReadableSpan[], name: string): ReadableSpan {
  const found = spans.filter((span) => span.name === name);
  const [first = assert.fail(`no span ${name}: ${namesOf(spans).join(', ')}`)] = found;
  assert.equal(found.length, 1, `more than one span ${name}`);
  return first;
}

export function namesOf(spans: readonly ReadableSpan[]): string[] {
  return spans.map(({ name }) => name);
}

/** All that is told of the spans: where nothing secret may stand. */
export function allTold(spans: readonly ReadableSpan[]): string {
  return JSON.stringify(
    spans.map(({ name, attributes, status, events, links }) => ({ name, attributes, status, events, links })),
  );
}

/** A logger whose lines say in which span they were written. */
export function createTracedLogger(tracing: Tracing) {
  const { out, lines } = createLines();
  const prepare = (fields: object) => ({ ...tracing.ids(), ...fields });
  const logger = createLogger({ level: 'info', service: 'tests', out, prepare });
  return { logger, read: (): Record<string, unknown>[] => lines.map((line) => JSON.parse(line)) };
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
