import { AsyncLocalStorage } from 'node:async_hooks';
import { once } from 'node:events';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createFolder, createLines, startProgram } from '@medcenter/shared/testing';
import { eventually } from '@medcenter/stage-05-events/test/contracts';
import type { EventLog, LogMessage, ReadOptions } from '@medcenter/stage-07-observability/events';
import type { Tracing } from '@medcenter/stage-07-observability/observability';
import { proveReview, type StageCode } from '../testing/proofs.ts';

type DomainLayer = typeof import('@medcenter/stage-07-observability/domain');
type ConfigLayer = typeof import('@medcenter/stage-07-observability/config');
type ObservabilityLayer = typeof import('@medcenter/stage-07-observability/observability');
type EventsLayer = typeof import('@medcenter/stage-07-observability/events');
type ServiceLayer = typeof import('@medcenter/stage-07-observability/service');
type RepositoryLayer = typeof import('@medcenter/stage-07-observability/repository');
type GrpcLayer = typeof import('@medcenter/stage-07-observability/transport/grpc');
type App = typeof import('../../../stage-07-observability/src/app/start-schedule.ts') &
  typeof import('../../../stage-07-observability/src/app/observed-calls.ts') &
  typeof import('../../../stage-07-observability/src/app/readiness-checks.ts') &
  typeof import('../../../stage-07-observability/src/app/metrics-over-channel.ts');

/** The layers of this code, and the parts of its composition that are asked here. */
async function layersOf(
  code: StageCode,
): Promise<
  DomainLayer &
    ConfigLayer &
    ObservabilityLayer &
    EventsLayer &
    ServiceLayer &
    RepositoryLayer &
    GrpcLayer &
    App
> {
  const parts = [
    'src/domain/index.ts',
    'src/config/index.ts',
    'src/observability/index.ts',
    'src/events/index.ts',
    'src/service/index.ts',
    'src/repository/index.ts',
    'src/transport/grpc/index.ts',
    'src/app/start-schedule.ts',
    'src/app/observed-calls.ts',
    'src/app/readiness-checks.ts',
    'src/app/metrics-over-channel.ts',
  ];
  return Object.assign({}, ...(await Promise.all(parts.map((file) => import(code.href(file))))));
}

const ID = '01981a3e-0000-7000-8000-0000000000';
const idOf = (number: number) => `${ID}${String(number).padStart(2, '0')}`;
const STARTS_AT = '2091-03-01T09:00:00.000Z';
const ENDS_AT = '2091-03-01T09:30:00.000Z';

/** The schedule service over a file of its own, a client for it, and the lines of its log. */
async function openService(code: StageCode, t: TestContext) {
  const { readConfig, variables, startSchedule, openScheduleClient, ...layers } = await layersOf(code);
  const folder = await createFolder(t);
  const config = readConfig(variables, {
    GRPC_PORT: '0',
    SQLITE_FILE: join(folder, 'medcenter.db'),
    SPANS_FOLDER: join(folder, 'spans'),
  });
  const { out, lines } = createLines();
  const running = await startSchedule(config, out);
  t.after(() => running[Symbol.asyncDispose]());
  const client = openScheduleClient({ address: running.address, deadlineMs: 4_000 });
  t.after(() => client.close());
  const { openDatabase, createSqlStorage, migrations } = layers;
  const storage = createSqlStorage(
    await openDatabase({ url: undefined, file: config.SQLITE_FILE }, migrations),
  );
  t.after(() => storage.close());
  return { running, client, storage, lines };
}

/** Tracing without a library, which knows how many of its spans are open. */
function countSpans() {
  let open = 0;
  const tracing: Tracing = {
    span: (_name, _options, work) => work({ set() {}, fail() {} }),
    begin() {
      open += 1;
      return { set() {}, fail() {}, run: (work) => work(), end: () => void open-- };
    },
    ids: () => undefined,
    outgoing: () => ({}),
    close: async () => {},
  };
  return { tracing, open: () => open };
}

/** A log that keeps what is published, and lets a test hand out messages. */
function createFakeLog() {
  const published: LogMessage[] = [];
  let reading: ReadOptions | undefined;
  const log: EventLog = {
    publish: async (messages) => void published.push(...messages),
    read(options) {
      reading = options;
      return { async [Symbol.asyncDispose]() {} };
    },
    async *list() {},
    lag: async () => new Map(),
    close: async () => {},
  };
  const handOut = (key: string, value: string) =>
    reading?.handle(
      { topic: TOPIC, key, value, headers: {}, partition: 0, offset: '0', time: STARTS_AT },
      new AbortController().signal,
    );
  return { log, published, handOut };
}

const TOPIC = 'appointments.created';
const traceparentOf = (digit: string) => `00-${digit.repeat(32)}-${digit.repeat(16)}-01`;

const exporter = {
  export: (_spans: unknown, done: (result: { code: number }) => void) => done({ code: 0 }),
  shutdown: async () => {},
};

proveReview(7, {
  defects: {
    'doctor-label': {
      question:
        'bookings for 20 doctors are asked for, and there is no such doctor: how many series name one?',
      original: 0,
      changed: 20,
      async observe(code, t) {
        const { running, client } = await openService(code, t);
        for (let number = 0; number < 20; number++) {
          const booking = {
            doctorId: idOf(number),
            patientId: idOf(99),
            startsAt: STARTS_AT,
            endsAt: ENDS_AT,
          };
          await client.bookSlot(booking).catch(() => {});
        }
        const text = await running.metrics.registry.metrics();
        return text.split('\n').filter((line) => line.includes(ID)).length;
      },
    },

    'reason-logged': {
      question: 'a booking takes most of a second: does the log know why the patient comes?',
      original: false,
      changed: true,
      async observe(code, t) {
        const { client, storage, lines } = await openService(code, t);
        const locked = Promise.withResolvers<void>();
        const lock = storage.transaction(async () => {
          locked.resolve();
          await sleep(800);
        });
        await locked.promise;
        const booking = { doctorId: idOf(1), patientId: idOf(2), startsAt: STARTS_AT, endsAt: ENDS_AT };
        await client.bookSlot({ ...booking, reason: 'a lump in the breast' }).catch(() => {});
        await lock;
        return lines.join('').includes('lump');
      },
    },

    'line-of-another': {
      question: 'two calls end in the same moment: which requests do their lines name?',
      original: ['first', 'second'],
      changed: ['first', 'first'],
      async observe(code, t) {
        const { createCorrelatedLogger, observedCalls, openTracing } = await layersOf(code);
        const current = new AsyncLocalStorage<{ username: string; requestId: string; signal: AbortSignal }>();
        const tracing = openTracing({ service: 'test', ratio: 1, exporter });
        t.after(() => tracing.close());
        const { out, lines } = createLines();
        const requestId = () => current.getStore()?.requestId;
        const logger = createCorrelatedLogger({ level: 'info', service: 'test', out, tracing, requestId });
        const runAs = observedCalls(current, { tracing, logger });
        const ready = Promise.withResolvers<void>();
        const { signal } = new AbortController();
        const calls = ['first', 'second'].map((id) =>
          runAs({ method: '/s/M', metadata: { 'x-request-id': id }, signal }, () => ready.promise),
        );
        ready.resolve();
        await Promise.all(calls);
        await sleep(20);
        return lines.map((line) => JSON.parse(line).request_id);
      },
    },

    'outbox-out-of-rotation': {
      question: 'Kafka is away, and 12,000 events wait in the database: what is said of the storage?',
      original: 'up',
      changed: 'down',
      async observe(code) {
        const { readinessChecks } = await layersOf(code);
        const query = async (text: string) => [{ count: text.includes('outbox') ? 12_000 : 1 }];
        const checks = readinessChecks({
          storage: { sql: { query, lock: async () => {} } as never },
          redis: undefined,
          log: { lag: () => Promise.reject(new Error('no broker')) },
          health: { check: async () => true, close() {} },
        });
        return checks.storage();
      },
    },

    'alive-by-a-timer': {
      question: 'all is closed at once after SIGTERM: has the process ended within two seconds?',
      original: true,
      changed: false,
      skip: process.platform === 'win32' ? 'Windows has no signals to end by' : undefined,
      async observe(code, t) {
        const program = code.path('test/fixtures/graceful-program.ts');
        const child = startProgram(t, program, ['well'], { cwd: await createFolder(t) });
        const ended = once(child, 'exit');
        let said = '';
        child.stderr?.setEncoding('utf8').on('data', (text) => {
          said += text;
        });
        await eventually(() => said.includes('Ctrl-C'));
        const begun = performance.now();
        child.kill('SIGTERM');
        await ended;
        return performance.now() - begun < 2_000;
      },
    },

    'numbers-of-the-dead': {
      question: 'a child has told its numbers once, and is gone: how many does the next scrape tell?',
      original: 0,
      changed: 1,
      async observe(code) {
        const { createMetricsOfChild } = await layersOf(code);
        const child = createMetricsOfChild();
        await child.read({
          send: (question) => child.hear({ ...(question as object), metrics: [{ name: 'x' }] }),
        });
        return (await child.read({ send() {} })).length;
      },
    },

    'open-span': {
      question: 'a display reads one event of a stream, and is switched off: how many spans are still open?',
      original: 0,
      changed: 1,
      async observe(code) {
        const { withSpans } = await layersOf(code);
        const { tracing, open } = countSpans();
        const day = {
          async *watch() {
            yield* [1, 2, 3];
          },
        };
        for await (const _event of withSpans('Day', day, tracing).watch()) break;
        return open();
      },
    },
  },

  traps: {
    'outcome-first': {
      question: 'a booking is refused: what does its caller get?',
      both: 'validation',
      async observe(code, t) {
        const { client } = await openService(code, t);
        const booking = { doctorId: idOf(1), patientId: idOf(2), startsAt: STARTS_AT, endsAt: ENDS_AT };
        const said = await client.bookSlot(booking).then(
          () => 'booked',
          (error: { code: string }) => error.code,
        );
        await sleep(0); // An error that nobody takes would end the test here.
        return said;
      },
    },

    'header-first': {
      question:
        'a dead letter has the header of its message, and an event of another trace: what is it sent with?',
      both: traceparentOf('a'),
      async observe(code) {
        const { createMetrics, withEventTraces } = await layersOf(code);
        const { log, published } = createFakeLog();
        const { tracing } = countSpans();
        const traced = withEventTraces(log, {
          tracing,
          metrics: createMetrics('api'),
          logger: { info() {} },
        });
        const value = JSON.stringify({ specversion: '1.0', traceparent: traceparentOf('b') });
        const headers = { traceparent: traceparentOf('a') };
        await traced.publish([{ topic: `${TOPIC}.dlq`, key: idOf(1), value, headers }]);
        return published[0]?.headers?.traceparent;
      },
    },

    'key-of-a-span': {
      question: 'events of fifty appointments are handled: how many series more are there?',
      both: 0,
      async observe(code) {
        const { createMetrics, withEventTraces } = await layersOf(code);
        const { log, handOut } = createFakeLog();
        const metrics = createMetrics('api');
        const logger = { info() {} };
        const { tracing } = countSpans();
        const traced = withEventTraces(log, { tracing, metrics, logger });
        traced.read({ group: 'g', topics: [TOPIC], handle: async () => {}, onTrouble() {} });
        const seriesOfEvents = async () =>
          (await metrics.registry.metrics())
            .split('\n')
            .filter((line) => /^(?!#|process_|nodejs_)./.test(line)).length;
        const before = await seriesOfEvents();
        for (let number = 0; number < 50; number++) await handOut(idOf(number), '{}');
        return (await seriesOfEvents()) - before;
      },
    },
  },
});
