import { createLogger, type Logger, type LoggerOptions } from '@medcenter/stage-06-grpc/observability';
import { redact } from './redact.ts';
import type { Tracing } from './tracing.ts';

export interface CorrelatedLoggerOptions extends Omit<LoggerOptions, 'prepare'> {
  readonly tracing: Pick<Tracing, 'ids'>;
  /** Of the request that is being worked for, if one is. */
  requestId(): string | undefined;
}

/**
 * A logger whose lines can be read together with the traces, and with the lines of other processes: each says, first of
 * all, of which trace, span and request it is. It writes the fields that it knows, and of others their names alone.
 */
export function createCorrelatedLogger({
  tracing,
  requestId: currentRequestId,
  ...options
}: CorrelatedLoggerOptions): Logger {
  return createLogger({
    ...options,
    prepare(fields) {
      // What every line has by itself: a field of such a name would take its place.
      const { requestId, time, level, message, service, trace_id, span_id, request_id, ...others } =
        fields as Readonly<Record<string, unknown>>;
      const id = requestId || currentRequestId();
      return { ...tracing.ids(), ...(id !== undefined && { request_id: id }), ...redact(others) };
    },
  });
}
