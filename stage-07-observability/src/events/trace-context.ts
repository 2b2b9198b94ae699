/** What goes along with an event, by which its readers go on with its trace: https://www.w3.org/TR/trace-context/ */
export interface TraceContext {
  readonly traceparent: string;
  readonly tracestate?: string;
}

const TRACEPARENT = /^[\da-f]{2}-[\da-f]{32}-[\da-f]{16}-[\da-f]{2}(-|$)/;

/** Of the headers of a message, or the fields of an event. Others write there what they like: what is none is left out. */
export function traceContextOf(fields: Readonly<Record<string, unknown>>): TraceContext | undefined {
  const { traceparent, tracestate } = fields;
  if (typeof traceparent !== 'string' || !TRACEPARENT.test(traceparent)) return undefined;
  return { traceparent, ...(typeof tracestate === 'string' && { tracestate }) };
}

/** The fields of a CloudEvent in its JSON form; none where it is something else. */
export function eventFieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'string') return {};
  try {
    const event: unknown = JSON.parse(value);
    return isCloudEvent(event) ? event : {};
  } catch {
    return {};
  }
}

function isCloudEvent(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && 'specversion' in value && value.specversion === '1.0';
}
