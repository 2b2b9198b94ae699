import { createMetrics } from '@medcenter/stage-07-observability/observability';
import { main, type Wrong } from './base.ts';

/** Measures in milliseconds and calls them seconds. */
export const wrong: Wrong = { caughtBy: 'durations-are-in-seconds' };

if (import.meta.main)
  await main({
    '../observability/index.ts': {
      createMetrics(process) {
        const metrics = createMetrics(process);
        return {
          ...metrics,
          answered: (request) => metrics.answered({ ...request, seconds: request.seconds * 1_000 }),
        };
      },
    },
  });
