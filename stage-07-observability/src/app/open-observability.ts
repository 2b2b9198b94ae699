import type { Writable } from 'node:stream';
import type { ConfigOf, variables } from '../config/index.ts';
import {
  createCorrelatedLogger,
  createMetrics,
  createSpanExporter,
  type Logger,
  type Metrics,
  openTracing,
  type Tracing,
} from '../observability/index.ts';
import { openDatabase, withSqlSpans } from '../repository/index.ts';

/** What one process tells of itself. */
export interface Observability {
  readonly logger: Logger;
  readonly tracing: Tracing;
  readonly metrics: Metrics;
}

export interface ObservedProcess {
  /** As logs and spans name it. */
  readonly service: 'medcenter' | 'medcenter-schedule';
  /** As metrics name it. */
  readonly process: 'api' | 'schedule';
  /** Takes the log. */
  readonly out: Writable;
  /** Of whom asks now, if anybody does. */
  requestId(): string | undefined;
}

/** Opened first, so that it hears of everything, and closed last, so that it tells of the closing, too. */
export async function openObservability(
  stack: AsyncDisposableStack,
  config: ConfigOf<typeof variables>,
  { service, process, out, requestId }: ObservedProcess,
): Promise<Observability> {
  const exporter = await createSpanExporter(config, service, {
    onChange: (error) =>
      error ? logger.warn({ err: error }, 'spans are lost') : logger.info('spans are kept again'),
  });
  const tracing = openTracing({ service, ratio: config.OTEL_TRACES_SAMPLER_ARG, exporter });
  stack.defer(() => tracing.close());
  const logger: Logger = createCorrelatedLogger({
    level: config.LOG_LEVEL,
    service,
    out,
    tracing,
    requestId,
  });
  return { logger, tracing, metrics: createMetrics(process) };
}

/**
 * Opens the database, with a span around each statement, and the numbers of its pool.
 * @param signalOf aborts when who asks has left: see `DatabaseOptions`
 */
export function observedDatabase(
  { tracing, metrics }: Pick<Observability, 'tracing' | 'metrics'>,
  signalOf: () => AbortSignal | undefined = () => undefined,
): typeof openDatabase {
  return async (options, folders) => {
    const database = await openDatabase({ ...options, signalOf }, folders);
    metrics.watch({ pool: database.usage });
    return withSqlSpans(database, tracing);
  };
}
