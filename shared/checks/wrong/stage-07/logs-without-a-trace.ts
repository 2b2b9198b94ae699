import { createCorrelatedLogger } from '@medcenter/stage-07-observability/observability';
import { main, type Wrong } from './base.ts';

/** Traces all, and logs all, and nothing leads from the one to the other. */
export const wrong: Wrong = { caughtBy: 'lines-of-requests-carry-trace-span-and-request' };

if (import.meta.main)
  await main({
    '../observability/index.ts': {
      createCorrelatedLogger: (options) =>
        createCorrelatedLogger({ ...options, tracing: { ...options.tracing, ids: () => undefined } }),
    },
  });
