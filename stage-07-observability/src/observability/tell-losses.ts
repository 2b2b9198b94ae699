import { ExportResultCode } from '@opentelemetry/core';
import type { SpanExporter } from '@opentelemetry/sdk-trace';

/** Tells once when an exporter begins to lose spans, and once when it loses them no more. */
export function tellLosses(
  exporter: SpanExporter,
  onChange: (error?: unknown) => void = () => {},
): SpanExporter {
  let isLosing = false;
  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        const isLost = result.code !== ExportResultCode.SUCCESS;
        if (isLost !== isLosing) onChange(isLost ? (result.error ?? 'no reason was given') : undefined);
        isLosing = isLost;
        done(result);
      });
    },
    forceFlush: async () => exporter.forceFlush?.(),
    shutdown: () => exporter.shutdown(),
  };
}
