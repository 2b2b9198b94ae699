import type { Attributes } from '@opentelemetry/api';

/** What goes along with a request, a call or a message, so that the other side knows of which trace it is part. */
export type Carrier = Readonly<Record<string, unknown>>;

/** Whose work a span is: https://opentelemetry.io/docs/specs/otel/trace/api/#spankind */
export type SpanKind = 'internal' | 'server' | 'client' | 'producer' | 'consumer';

export interface SpanOptions {
  /** `internal` when not said. */
  readonly kind?: SpanKind;
  /** By OpenTelemetry's semantic conventions. Never a name, a phone number, a token, or what somebody typed. */
  readonly attributes?: Attributes;
  /** What came along from another process: the span is a child of the one named there. */
  readonly parent?: Carrier;
  /** What came along with other things that this work is about, none of which is its parent. */
  readonly links?: readonly Carrier[];
}

export interface Span {
  set(attributes: Attributes): void;
  /** It went wrong in a way that is no refusal. */
  fail(error: unknown): void;
}

/** Whose span is the current one. */
export interface TraceIds {
  /** 32 hexadecimal digits. */
  readonly trace_id: string;
  /** 16 hexadecimal digits. */
  readonly span_id: string;
}

/** A span that outlives the function in which it began. */
export interface OpenSpan extends Span {
  /** Runs work as a part of it. */
  run<T>(work: () => T): T;
  end(): void;
}

/** What happens in one place while a request is answered, with its beginning and end, as a tree over all processes. */
export interface Tracing {
  /** Runs the work in a span that ends with it; what it throws, or rejects with, is noted and thrown on. */
  span<T>(name: string, options: SpanOptions, work: (span: Span) => T): T;
  /** Begins a span whose end is for the caller to tell. */
  begin(name: string, options: SpanOptions): OpenSpan;
  /** Of the current span; nothing outside of all spans. */
  ids(): TraceIds | undefined;
  /** What is to go along with a call: `traceparent`. https://www.w3.org/TR/trace-context/ */
  outgoing(): Readonly<Record<string, string>>;
  /** Hands over the spans that ended, and ends. */
  close(): Promise<void>;
}
