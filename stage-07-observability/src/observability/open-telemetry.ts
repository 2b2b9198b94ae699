import { AsyncLocalStorage } from 'node:async_hooks';
import {
  type Context,
  defaultTextMapGetter,
  defaultTextMapSetter,
  SpanKind as OtelKind,
  type Span as OtelSpan,
  ROOT_CONTEXT,
  SpanStatusCode,
  TraceFlags,
  trace,
} from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  type SpanExporter,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { DomainError } from '../domain/index.ts';
import type { Carrier, OpenSpan, Span, SpanKind, SpanOptions, Tracing } from './tracing.ts';

export interface TracingConfig {
  /** Which program speaks. */
  readonly service: string;
  /** Of all traces that begin here, the part that is kept, from 0 to 1. Who calls with a trace of theirs decides for it. */
  readonly ratio: number;
  /** Takes the spans that have ended, some at a time. */
  readonly exporter: SpanExporter;
}

const KINDS = {
  internal: OtelKind.INTERNAL,
  server: OtelKind.SERVER,
  client: OtelKind.CLIENT,
  producer: OtelKind.PRODUCER,
  consumer: OtelKind.CONSUMER,
} as const satisfies Record<SpanKind, OtelKind>;

/** In milliseconds and spans: a learner wants to see a trace soon; a collector that is away must cost no memory. */
const BATCHES = { scheduledDelayMillis: 500, exportTimeoutMillis: 5_000, maxQueueSize: 4_096 };

/** Tracing by OpenTelemetry. Nothing is registered for the whole process: who traces is handed it. */
export function openTracing({ service, ratio, exporter }: TracingConfig): Tracing {
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': service }),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) }),
    spanProcessors: [new BatchSpanProcessor({ exporter, ...BATCHES })],
  });
  const tracer = provider.getTracer('medcenter');
  const propagator = new W3CTraceContextPropagator();
  const current = new AsyncLocalStorage<Context>();

  const contextIn = (carrier: Carrier): Context =>
    propagator.extract(ROOT_CONTEXT, carrier, defaultTextMapGetter);

  const start = (name: string, { kind = 'internal', attributes, parent, links }: SpanOptions): Started => {
    const outer = parent ? contextIn(parent) : (current.getStore() ?? ROOT_CONTEXT);
    const linked = links?.flatMap((carrier) => trace.getSpanContext(contextIn(carrier)) ?? []);
    const span = tracer.startSpan(
      name,
      {
        kind: KINDS[kind],
        ...(attributes && { attributes }),
        ...(linked && { links: linked.map((context) => ({ context })) }),
      },
      outer,
    );
    return { span, context: trace.setSpan(outer, span) };
  };

  return {
    span(name, options, work) {
      // Of a trace that is not kept, no part is kept: what happens in it costs nothing more.
      if (!options.parent && isLeftOut(current.getStore())) return work(NO_SPAN);
      const { span, context } = start(name, options);
      return current.run(context, () => untilSettled(span, work));
    },
    begin(name, options): OpenSpan {
      const { span, context } = start(name, options);
      return { ...spanOf(span), run: (work) => current.run(context, work), end: () => span.end() };
    },
    ids() {
      const span = trace.getSpanContext(current.getStore() ?? ROOT_CONTEXT);
      return span && { trace_id: span.traceId, span_id: span.spanId };
    },
    outgoing() {
      const carrier: Record<string, string> = {};
      propagator.inject(current.getStore() ?? ROOT_CONTEXT, carrier, defaultTextMapSetter);
      return carrier;
    },
    // A collector that is away must not hold the end of the program.
    close: () => provider.shutdown().catch(() => {}),
  };
}

const NO_SPAN: Span = { set() {}, fail() {} };

function isLeftOut(context: Context | undefined): boolean {
  const span = context && trace.getSpanContext(context);
  return span !== undefined && (span.traceFlags & TraceFlags.SAMPLED) === 0;
}

interface Started {
  readonly span: OtelSpan;
  readonly context: Context;
}

/** Runs the work, and ends the span with it: at once, or when the promise that it answers settles. */
function untilSettled<T>(span: OtelSpan, work: (span: Span) => T): T {
  const view = spanOf(span);
  const failed = (error: unknown): never => {
    view.fail(error);
    span.end();
    throw error;
  };
  try {
    const result = work(view);
    if (result instanceof Promise) {
      return result.then((value) => {
        span.end();
        return value;
      }, failed) as T;
    }
    span.end();
    return result;
  } catch (error) {
    return failed(error);
  }
}

function spanOf(span: OtelSpan): Span {
  return {
    set: (attributes) => void span.setAttributes(attributes),
    fail(error) {
      if (!span.isRecording()) return;
      const { code, type } = describe(error);
      // Never the message: it may hold what somebody typed.
      span.setAttribute('error.type', code ?? type);
      if (code === undefined || code === 'unavailable') span.setStatus({ code: SpanStatusCode.ERROR });
    },
  };
}

/** A refusal has a code of the domain, and is an answer like any other. */
function describe(error: unknown): { code?: string; type: string } {
  if (error instanceof DomainError) return { code: error.code, type: error.name };
  return { type: error instanceof Error ? error.name : typeof error };
}
