import type { Tracing } from '../observability/index.ts';

/**
 * What makes events, so that each one tells of which trace it is part, by extension attributes:
 * https://github.com/cloudevents/spec/blob/main/cloudevents/extensions/distributed-tracing.md
 *
 * It stands in the event, not beside it: so it is in the row of the outbox, and whoever tells the event later, in
 * another process or after a crash, need not know of traces.
 */
export function withTraceparent<Parts extends readonly unknown[], Event extends object>(
  newEvent: (...parts: Parts) => Event,
  tracing: Pick<Tracing, 'outgoing'>,
): (...parts: Parts) => Event {
  return (...parts) => ({ ...newEvent(...parts), ...tracing.outgoing() });
}
