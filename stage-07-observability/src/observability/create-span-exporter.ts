import type { SpanExporter } from '@opentelemetry/sdk-trace';
import { openSpanFile, type SpanFileOptions } from './span-file.ts';
import { tellLosses } from './tell-losses.ts';

export interface SpanExporterConfig {
  readonly SPANS_FOLDER: string;
  readonly OTEL_EXPORTER_OTLP_ENDPOINT: string | undefined;
}

/** For one batch, with all that is tried: it also holds the end of the program, for so long at the most. */
const COLLECTOR_MS = 2_000;

/** Where the spans of a program go: to the collector, where one is configured, or else into a file. */
export async function createSpanExporter(
  { SPANS_FOLDER: folder, OTEL_EXPORTER_OTLP_ENDPOINT: collector }: SpanExporterConfig,
  service: string,
  options: SpanFileOptions = {},
): Promise<SpanExporter> {
  if (collector === undefined) return openSpanFile(folder, service, options);
  // Loaded by those alone who need it.
  const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-http');
  const exporter = new OTLPTraceExporter({ url: tracesUrl(collector), timeoutMillis: COLLECTOR_MS });
  return tellLosses(exporter, options.onChange);
}

/** https://opentelemetry.io/docs/specs/otel/protocol/exporter/#endpoint-urls-for-otlphttp */
function tracesUrl(collector: string): string {
  return `${collector.replace(/\/+$/, '')}/v1/traces`;
}
