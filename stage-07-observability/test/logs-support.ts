import { createLines } from '@medcenter/shared/testing';
import { createCorrelatedLogger, openTracing } from '../src/observability/index.ts';

/** A logger with traces, whose spans go nowhere; and the lines that it wrote. */
export function createLog({ requestId }: { readonly requestId?: string } = {}) {
  const { out, lines } = createLines();
  const exporter = {
    export: (_spans: unknown, done: (result: { code: number }) => void) => done({ code: 0 }),
  };
  const tracing = openTracing({
    service: 'desk',
    ratio: 1,
    exporter: { ...exporter, shutdown: async () => {} },
  });
  const logger = createCorrelatedLogger({
    level: 'info',
    service: 'desk',
    out,
    tracing,
    requestId: () => requestId,
  });
  return { logger, tracing, lines, events: () => lines.map((line) => JSON.parse(line)) };
}
