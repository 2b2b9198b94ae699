import assert from 'node:assert/strict';
import { suite, type TestContext, test } from 'node:test';
import { createNewEvent } from '@medcenter/stage-06-grpc/app';
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { v7 as uuidv7 } from 'uuid';
import { type AppointmentEvent, unavailable } from '../src/domain/index.ts';
import {
  type EventLog,
  type LogMessage,
  type ReceivedMessage,
  startConsumer,
  startRelay,
  withEventTraces,
  withTraceparent,
} from '../src/events/index.ts';
import { createMetrics } from '../src/observability/index.ts';
import { createSqlStorage, withOutbox } from '../src/repository/index.ts';
import {
  createAppointmentRegistry,
  createDoctorRegistry,
  createPatientRegistry,
  createSystemClock,
} from '../src/service/index.ts';
import {
  eventLogContract,
  eventually,
  sampleAppointment,
  sampleDoctorInput,
  sampleEvent,
  samplePatientInput,
} from './contracts/index.ts';
import {
  allTold,
  collect,
  createTracedLogger,
  createTraces,
  FILE_LOG,
  inSpan,
  openSql,
  spanOf,
  TRACED_DATABASES,
  TRACED_LOGS,
} from './traces-support.ts';

const [CREATED, CANCELLED] = ['appointments.created', 'appointments.cancelled'];
const GROUP = 'medcenter.tests';
const clock = createSystemClock();
const [TRACE, OTHER_TRACE] = ['0af7651916cd43dd8448eb211c80319c', '4bf92f3577b34da6a3ce929d0e0e4736'];
const SPAN = 'b7ad6b7169203331';
const parentOf = (trace = TRACE) => `00-${trace}-${SPAN}-01`;

function created(extensions: object = {}): AppointmentEvent {
  const appointment = sampleAppointment({
    patientId: uuidv7(),
    doctorId: uuidv7(),
    reason: 'a secret cough',
  });
  return { ...sampleEvent('appointment.created', appointment), ...extensions };
}

function messageOf(event: object | string, headers?: Record<string, string>): LogMessage {
  const value = typeof event === 'string' ? event : JSON.stringify(event);
  return { topic: CREATED, key: 'one key', value, ...(headers && { headers }) };
}

async function listed(log: EventLog, topic: string): Promise<ReceivedMessage[]> {
  return collect(log.list([topic]));
}

/** A log with traces over an empty one, and all that it tells of itself. */
async function trace(t: TestContext, plain: EventLog) {
  const traces = createTraces(t);
  const metrics = createMetrics('api');
  const { logger, read } = createTracedLogger(traces.tracing);
  const log = withEventTraces(plain, { tracing: traces.tracing, metrics, logger });
  return { log, traces, metrics, lines: read, logger };
}

for (const { name, suite: options, place } of TRACED_LOGS) {
  suite(`events of ${name}`, options, () => {
    const open = async (t: TestContext) => {
      const plain = await (await place(t))();
      return { plain, ...(await trace(t, plain)) };
    };

    test('that tell of their trace do so in a header, and not in the event; others come through as they are', async (t) => {
      const { plain, log } = await open(t);
      const told = created();
      const values = [
        { ...told, traceparent: parentOf(), tracestate: 'a=1' },
        created(),
        created({ traceparent: 'my name is' }),
        'not json',
        { traceparent: parentOf() },
      ];
      await log.publish([
        ...values.map((value) => messageOf(value)),
        messageOf(created({ traceparent: parentOf() }), {
          'x-note': 'n',
          traceparent: parentOf(OTHER_TRACE),
        }),
      ]);
      const messages = await listed(plain, CREATED);
      assert.deepEqual(
        messages.map(({ headers }) => headers),
        [
          { traceparent: parentOf(), tracestate: 'a=1' },
          {},
          {},
          {},
          {},
          { 'x-note': 'n', traceparent: parentOf(OTHER_TRACE) },
        ],
      );
      assert.deepEqual(
        messages.slice(0, 5).map(({ value }) => value),
        [
          JSON.stringify(told),
          ...values.slice(1).map((value) => (typeof value === 'string' ? value : JSON.stringify(value))),
        ],
      );
    });

    test('are published in a span with a link to the trace of each', async (t) => {
      const { log, traces } = await open(t);
      const [one, other] = [{ traceparent: parentOf() }, { traceparent: parentOf(OTHER_TRACE) }];
      await log.publish([messageOf(created(one)), messageOf(created(other)), messageOf(created())]);
      await log.publish([messageOf(created()), { ...messageOf(created()), topic: CANCELLED }]);
      const spans = await traces.end();
      const sent = spanOf(spans, `send ${CREATED}`);
      assert.equal(sent.kind, SpanKind.PRODUCER);
      assert.deepEqual(
        sent.links.map(({ context }) => [context.traceId, context.spanId]),
        [
          [TRACE, SPAN],
          [OTHER_TRACE, SPAN],
        ],
      );
      assert.deepEqual(
        { ...sent.attributes },
        {
          'messaging.system': 'kafka',
          'messaging.operation.name': 'send',
          'messaging.operation.type': 'send',
          'messaging.destination.name': CREATED,
          'messaging.batch.message_count': 3,
        },
      );
      assert.equal(spanOf(spans, 'send').attributes['messaging.batch.message_count'], 2);
      assert.doesNotMatch(allTold(spans), /secret/);
    });

    test('are handled as a part of their trace, by the header or the event; without either, in one of their own', async (t) => {
      const { plain, log, traces, lines, logger } = await open(t);
      const withHeader = created({ traceparent: parentOf(OTHER_TRACE) });
      const withField = created({ traceparent: parentOf() });
      const without = created();
      await plain.publish([
        messageOf(withHeader, { traceparent: parentOf() }),
        messageOf(withField, { traceparent: 'nonsense' }),
        messageOf(without),
      ]);
      const handled: string[] = [];
      // Whoever begins to read in a span is not the parent of what is read.
      const reading = inSpan(traces, () =>
        startConsumer({
          log,
          group: GROUP,
          async handle({ id }) {
            logger.info('a line of the handler');
            handled.push(id);
          },
          onTrouble: assert.fail,
        }),
      );
      await eventually(() => handled.length === 3);
      await reading[Symbol.asyncDispose]();
      const spans = (await traces.end()).filter(({ name: each }) => each === `process ${CREATED}`);
      const [first, second, third] = spans;
      for (const span of [first, second]) {
        assert.equal(span?.spanContext().traceId, TRACE);
        assert.equal(span?.parentSpanContext?.spanId, SPAN);
        assert.equal(span?.kind, SpanKind.CONSUMER);
      }
      assert.equal(third?.parentSpanContext, undefined);
      const { 'messaging.destination.partition.id': partition, ...attributes } = second?.attributes ?? {};
      assert.match(String(partition), /^\d$/);
      assert.deepEqual(attributes, {
        'messaging.system': 'kafka',
        'messaging.operation.name': 'process',
        'messaging.operation.type': 'process',
        'messaging.destination.name': CREATED,
        'messaging.consumer.group.name': GROUP,
        'messaging.kafka.offset': 1,
        'cloudevents.event_id': withField.id,
      });
      assert.doesNotMatch(allTold(spans), /secret/);

      const told = lines().filter(({ message }) => message === 'event handled');
      assert.deepEqual(
        told.map(({ eventId }) => eventId),
        [withHeader.id, withField.id, without.id],
      );
      const [{ time, ms, partition: _, span_id, ...line } = assert.fail()] = told;
      assert.ok(time && Number(ms) >= 0);
      assert.equal(span_id, first?.spanContext().spanId);
      assert.deepEqual(line, {
        level: 'info',
        message: 'event handled',
        service: 'tests',
        trace_id: TRACE,
        topic: CREATED,
        offset: '0',
        group: GROUP,
        eventId: withHeader.id,
      });
      const own = lines().filter(({ message }) => message === 'a line of the handler');
      assert.deepEqual(
        own.map(({ trace_id }) => trace_id),
        spans.map((span) => span.spanContext().traceId),
      );
    });

    test('that cannot be handled are put aside with their trace, are counted, and fail their span', async (t) => {
      const { plain, log, traces, metrics, lines } = await open(t);
      const wrong = { ...created({ traceparent: parentOf() }), type: 'appointment.forgotten' };
      const good = created();
      await plain.publish([messageOf(wrong), messageOf('not json'), messageOf(good)]);
      const handled: string[] = [];
      const consumer = startConsumer({
        log,
        group: GROUP,
        handle: async ({ id }) => void handled.push(id),
        onTrouble() {},
      });
      await eventually(() => handled.length === 1);
      await consumer[Symbol.asyncDispose]();
      const letters = await listed(plain, `${CREATED}.dlq`);
      assert.deepEqual(
        letters.map(({ headers }) => headers.traceparent),
        [parentOf(), undefined],
      );
      const text = await metrics.registry.metrics();
      assert.match(text, /dead_letters_total\{topic="appointments\.created"\} 2/);

      const spans = await traces.end();
      const [first, second, third] = spans.filter(({ name: each }) => each === `process ${CREATED}`);
      assert.deepEqual(
        [first, second, third].map((span) => [span?.status.code, span?.attributes['error.type']]),
        [
          [SpanStatusCode.ERROR, 'DeadLetter'],
          [SpanStatusCode.ERROR, 'DeadLetter'],
          [SpanStatusCode.UNSET, undefined],
        ],
      );
      const sent = spans.filter(({ name: each }) => each === `send ${CREATED}.dlq`);
      assert.deepEqual(
        sent.map((span) => span.parentSpanContext?.spanId),
        [first?.spanContext().spanId, second?.spanContext().spanId],
      );
      assert.deepEqual(
        lines().map(({ message }) => message),
        ['event put aside', 'event put aside', 'event handled'],
      );
    });
  });
}

suite('a consumer with traces', () => {
  const open = async (t: TestContext) => {
    const plain = await (await FILE_LOG.place(t))();
    return { plain, ...(await trace(t, plain)) };
  };

  test('tries again inside of one span, and its troubles are told in that span', async (t) => {
    const { log, traces, lines, logger } = await open(t);
    await log.publish([messageOf(created({ traceparent: parentOf() }))]);
    let failures = 0;
    const consumer = startConsumer({
      log,
      group: GROUP,
      async handle() {
        if (failures === 3) return;
        failures += 1;
        throw unavailable('the database is away');
      },
      onTrouble: (error) => logger.warn({ err: error }, 'trouble'),
    });
    await eventually(() => lines().some(({ message }) => message === 'event handled'));
    await consumer[Symbol.asyncDispose]();
    const span = spanOf(await traces.end(), `process ${CREATED}`);
    assert.equal(span.status.code, SpanStatusCode.UNSET);
    assert.deepEqual(
      lines().map(({ message, span_id }) => [message, span_id === span.spanContext().spanId]),
      [
        ['trouble', true],
        ['trouble', true],
        ['trouble', true],
        ['event handled', true],
      ],
    );
  });

  test('whose handling is broken off fails its span, and says nothing of an event that was handled', async (t) => {
    const { log, traces, lines } = await open(t);
    await log.publish([messageOf(created())]);
    const handed = Promise.withResolvers<void>();
    const reading = log.read({
      group: GROUP,
      topics: [CREATED],
      handle: (_message, signal) => {
        handed.resolve();
        return new Promise((_resolve, reject) =>
          signal.addEventListener('abort', () => reject(signal.reason)),
        );
      },
      onTrouble() {},
    });
    await handed.promise;
    await reading[Symbol.asyncDispose]();
    const span = spanOf(await traces.end(), `process ${CREATED}`);
    assert.equal(span.status.code, SpanStatusCode.ERROR);
    assert.equal(span.attributes['error.type'], 'AbortError');
    assert.deepEqual(lines(), []);
  });

  test('says nothing of what others wrote where the id of an event should be', async (t) => {
    const { plain, log, traces, lines } = await open(t);
    await plain.publish([messageOf({ ...created(), id: 'Secret-Name' })]);
    const handled = Promise.withResolvers<void>();
    const handle = async () => handled.resolve();
    const consumer = startConsumer({ log, group: GROUP, handle, onTrouble: assert.fail });
    await handled.promise;
    await consumer[Symbol.asyncDispose]();
    assert.doesNotMatch(allTold(await traces.end()) + JSON.stringify(lines()), /Secret/);
  });

  test('counts a dead letter when it is kept, not when it could not be', async (t) => {
    const { plain } = await open(t);
    let failures = 0;
    const failing: EventLog = {
      ...plain,
      async publish(messages) {
        failures += 1;
        if (failures <= 2) throw unavailable('the log is away');
        await plain.publish(messages);
      },
    };
    const { log, traces, metrics, lines } = await trace(t, failing);
    await plain.publish([messageOf('not json')]);
    const consumer = startConsumer({ log, group: GROUP, handle: async () => assert.fail(), onTrouble() {} });
    await eventually(() => lines().length === 1);
    await consumer[Symbol.asyncDispose]();
    assert.match(await metrics.registry.metrics(), /created"\} 1\n/);
    const sent = (await traces.end()).filter(({ name }) => name === `send ${CREATED}.dlq`);
    assert.deepEqual(
      sent.map((span) => [span.status.code, span.attributes['error.type']]),
      [
        [SpanStatusCode.ERROR, 'unavailable'],
        [SpanStatusCode.ERROR, 'unavailable'],
        [SpanStatusCode.UNSET, undefined],
      ],
    );
  });

  test('tells the lag of the log that it is around', async (t) => {
    const { log } = await open(t);
    await log.publish([messageOf(created())]);
    assert.deepEqual(await log.lag(GROUP, [CREATED]), new Map([[CREATED, 1]]));
  });
});

suite('a log with traces', () => {
  eventLogContract('a log with traces', async (t) => {
    const open = await FILE_LOG.place(t);
    return async () => (await trace(t, await open())).log;
  });
});

for (const { name, suite: options, place } of TRACED_DATABASES) {
  suite(`an event in the outbox of ${name}`, options, () => {
    const openClinic = async (t: TestContext) => {
      const stored = createSqlStorage(await openSql(t, await place(t)));
      const traces = createTraces(t);
      const newEvent = withTraceparent(createNewEvent(clock), traces.tracing);
      const storage = withOutbox(stored, { newEvent, onCommit() {} });
      const deps = { storage, newId: uuidv7, clock };
      const { id: patientId } = await createPatientRegistry(deps).register(samplePatientInput());
      const { id: doctorId } = await createDoctorRegistry(deps).register(sampleDoctorInput());
      const times = { startsAt: '2091-03-01T09:00:00.000Z', endsAt: '2091-03-01T09:30:00.000Z' };
      const book = () => createAppointmentRegistry(deps).book({ patientId, doctorId, ...times });
      const outbox = () => stored.sql.query<{ value: string }>('SELECT value FROM outbox');
      return { stored, traces, book, outbox };
    };

    test('keeps its trace while the relay is away; then it is in the header, and around the handling', async (t) => {
      const { stored, traces, book, outbox } = await openClinic(t);
      await inSpan(traces, book);
      const plain = await (await FILE_LOG.place(t))();
      // It ends before it has told anything.
      const away = { publish: async () => Promise.reject(unavailable('away')) };
      const first = startRelay({ storage: stored, log: away, clock, onTrouble() {} });
      await first[Symbol.asyncDispose]();
      assert.equal((await outbox()).length, 1);

      const later = await trace(t, plain);
      await using _relay = startRelay({ storage: stored, log: later.log, clock, onTrouble: assert.fail });
      const handle = async () => {};
      await using _consumer = startConsumer({ log: later.log, group: GROUP, handle, onTrouble: assert.fail });
      await eventually(() => later.lines().length === 1);
      const outer = spanOf(await traces.end(), 'outer').spanContext();
      const [message] = await listed(plain, CREATED);
      assert.equal(message?.headers.traceparent, `00-${outer.traceId}-${outer.spanId}-01`);
      assert.equal(later.lines()[0]?.trace_id, outer.traceId);
      const handled = spanOf(await later.traces.end(), `process ${CREATED}`);
      assert.equal(handled.parentSpanContext?.spanId, outer.spanId);
    });

    test('that was made outside of all spans is as it was before', async (t) => {
      const { book, outbox } = await openClinic(t);
      await book();
      const [{ value } = assert.fail()] = await outbox();
      assert.deepEqual(Object.keys(JSON.parse(value)).toSorted(), Object.keys(created()).toSorted());
    });
  });
}

suite('what makes events', () => {
  test('takes the state of the trace along, too', async (t) => {
    const { tracing } = createTraces(t);
    const newEvent = withTraceparent(created, tracing);
    const parent = { traceparent: parentOf(), tracestate: 'vendor=1' };
    const event: object = tracing.span('request', { kind: 'server', parent }, () => newEvent());
    assert.ok('tracestate' in event && 'traceparent' in event);
    assert.equal(event.tracestate, 'vendor=1');
    assert.ok(String(event.traceparent).startsWith(`00-${TRACE}-`));
    assert.notEqual(event.traceparent, parentOf());
  });
});
