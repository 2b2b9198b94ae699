import { createSpanExporter } from '@medcenter/stage-07-observability/observability';
import { main, type Wrong } from './base.ts';

/** Writes its spans into files, also where a collector wants them. */
export const wrong: Wrong = { caughtBy: 'spans-reach-a-collector' };

if (import.meta.main)
  await main({
    '../observability/index.ts': {
      createSpanExporter: (config, ...rest) =>
        createSpanExporter({ ...config, OTEL_EXPORTER_OTLP_ENDPOINT: undefined }, ...rest),
    },
  });
