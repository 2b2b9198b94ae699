import { AsyncLocalStorage } from 'node:async_hooks';
import {
  type EventLog,
  type LogMessage,
  originOf,
  type ReadOptions,
  type ReceivedMessage,
} from '@medcenter/stage-06-grpc/events';
import type { Logger, Metrics, Tracing } from '../observability/index.ts';
import { eventFieldsOf, traceContextOf } from './trace-context.ts';

export interface EventTraceDeps {
  readonly tracing: Pick<Tracing, 'span'>;
  readonly metrics: Pick<Metrics, 'deadLettered'>;
  readonly logger: Pick<Logger, 'info'>;
  /** What the log is, as the spans name it: `kafka` when not said. */
  readonly system?: string;
}

/** Of a message at hand. */
interface Handling {
  /** Nobody could handle it: it was published as a dead letter in the course of its handling. */
  isPutAside: boolean;
}

/**
 * The log, with a span for each publishing and each message that is handled. Whoever handles a message goes on with the
 * trace in which its event was made, however much later that is; to publish many at once is a trace of its own, with
 * links to those of the events.
 */
export function withEventTraces(log: EventLog, deps: EventTraceDeps): EventLog {
  const { tracing, metrics, system = 'kafka' } = deps;
  const current = new AsyncLocalStorage<Handling>();
  return {
    ...log,
    async publish(messages) {
      const traced = messages.map(withTraceHeaders);
      const { name, attributes } = describeSending(messages, system);
      const links = traced.flatMap(({ headers = {} }) => traceContextOf(headers) ?? []);
      const options = { kind: 'producer', attributes, links: links.map((link) => ({ ...link })) } as const;
      await tracing.span(name, options, () => log.publish(traced));
      for (const { topic } of messages.filter(isDeadLetter)) {
        metrics.deadLettered(originOf(topic));
        const handling = current.getStore();
        if (handling) handling.isPutAside = true;
      }
    },
    read: (options) => log.read({ ...options, handle: handleInSpan(options, current, { ...deps, system }) }),
  };
}

function isDeadLetter({ topic }: LogMessage): boolean {
  return originOf(topic) !== topic;
}

/**
 * The trace goes from the event, as it lay in the outbox, into the headers: so the event that is told is the one that its
 * readers know. What the message comes with already, such as a dead letter of a message that had it, stays.
 */
function withTraceHeaders(message: LogMessage): LogMessage {
  const event = eventFieldsOf(message.value);
  const context = traceContextOf(event);
  if (!context) return message;
  const { traceparent, tracestate, ...value } = event;
  return { ...message, value: JSON.stringify(value), headers: { ...context, ...message.headers } };
}

/** By the conventions for messaging: https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/ */
function describeSending(messages: readonly LogMessage[], system: string) {
  const topics = new Set(messages.map(({ topic }) => topic));
  const [topic] = topics.size === 1 ? topics : [];
  return {
    name: topic === undefined ? 'send' : `send ${topic}`,
    attributes: {
      'messaging.system': system,
      'messaging.operation.name': 'send',
      'messaging.operation.type': 'send',
      'messaging.batch.message_count': messages.length,
      ...(topic !== undefined && { 'messaging.destination.name': topic }),
    },
  };
}

/**
 * A consumer tries again inside of its handling, so that a failure that passes makes the span long, and no more; its
 * lines in the log have the span's id. One that never passes ends with a dead letter: then the span has failed, as it
 * has when the handling is broken off.
 */
function handleInSpan(
  options: ReadOptions,
  current: AsyncLocalStorage<Handling>,
  { tracing, logger, system }: Required<EventTraceDeps>,
): ReadOptions['handle'] {
  return (message, signal) => {
    const { topic, partition, offset, headers, value } = message;
    const event = eventFieldsOf(value);
    const eventId = eventIdOf(event);
    // With neither, a trace begins here: never one of whoever began to read.
    const parent = { ...(traceContextOf(headers) ?? traceContextOf(event)) };
    const attributes = describeHandling(message, { system, group: options.group, eventId });
    return tracing.span(`process ${topic}`, { kind: 'consumer', parent, attributes }, async (span) => {
      const begun = performance.now();
      const handling: Handling = { isPutAside: false };
      await current.run(handling, () => options.handle(message, signal));
      const ms = Math.round((performance.now() - begun) * 10) / 10;
      if (handling.isPutAside) span.fail(Object.assign(new Error(), { name: 'DeadLetter' }));
      logger.info(
        { topic, partition, offset, group: options.group, ms, eventId },
        handling.isPutAside ? 'event put aside' : 'event handled',
      );
    });
  };
}

function describeHandling(
  { topic, partition, offset }: ReceivedMessage,
  { system, group, eventId }: { system: string; group: string; eventId: string | undefined },
) {
  return {
    'messaging.system': system,
    'messaging.operation.name': 'process',
    'messaging.operation.type': 'process',
    'messaging.destination.name': topic,
    'messaging.destination.partition.id': String(partition),
    'messaging.consumer.group.name': group,
    'messaging.kafka.offset': Number(offset),
    ...(eventId !== undefined && { 'cloudevents.event_id': eventId }),
  };
}

/** A UUID, as ours are. What else stands there, somebody else has made up, and it may tell of a person. */
function eventIdOf({ id }: Readonly<Record<string, unknown>>): string | undefined {
  return typeof id === 'string' && /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/.test(id) ? id : undefined;
}
