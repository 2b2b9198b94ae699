import { createMetrics } from '@medcenter/stage-07-observability/observability';
import { main, type Wrong } from './base.ts';

/** Counts each look into the cache, and all alike. */
export const wrong: Wrong = { caughtBy: 'cache-results-are-counted' };

if (import.meta.main)
  await main({
    '../observability/index.ts': {
      createMetrics(process) {
        const metrics = createMetrics(process);
        return { ...metrics, looked: () => metrics.looked('miss') };
      },
    },
  });
