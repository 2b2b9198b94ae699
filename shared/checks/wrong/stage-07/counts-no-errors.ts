import { createMetrics } from '@medcenter/stage-07-observability/observability';
import { main, type Wrong } from './base.ts';

/** Takes each answer for a good one. */
export const wrong: Wrong = { caughtBy: 'errors-are-counted' };

if (import.meta.main)
  await main({
    '../observability/index.ts': {
      createMetrics(process) {
        const metrics = createMetrics(process);
        return { ...metrics, answered: (request) => metrics.answered({ ...request, status: 200 }) };
      },
    },
  });
