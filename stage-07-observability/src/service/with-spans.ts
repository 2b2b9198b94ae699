import type { SpanKind, Tracing } from '../observability/index.ts';

/**
 * A service, with a span for each call, such as `PatientRegistry.register`: nothing of what it was called with. The
 * service is an object literal, whose functions need no `this`. Of a call that answers a stream, the span ends with
 * the call: the stream goes on by itself, for as long as somebody reads.
 */
export function withSpans<Service extends object>(
  name: string,
  service: Service,
  tracing: Pick<Tracing, 'span'>,
  kind: SpanKind = 'internal',
): Service {
  const parts = Object.entries(service).map(([key, part]: [string, unknown]) => {
    if (!isFunction(part)) return [key, part];
    const [spanName, options] = [`${name}.${key}`, { kind }];
    return [key, (...values: unknown[]) => tracing.span(spanName, options, () => part(...values))];
  });
  return Object.fromEntries(parts) as Service;
}

function isFunction(part: unknown): part is (...values: unknown[]) => unknown {
  return typeof part === 'function';
}
