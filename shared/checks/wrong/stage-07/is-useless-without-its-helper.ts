import { createReadiness } from '@medcenter/stage-07-observability/transport/http';
import { main, type Wrong } from './base.ts';

/** Is not ready where the schedule service is away. */
export const wrong: Wrong = { caughtBy: 'ready-though-the-schedule-service-is-away' };

if (import.meta.main)
  await main({
    '../transport/http/index.ts': {
      createReadiness: (options) => createReadiness({ ...options, essential: ['storage', 'schedule'] }),
    },
  });
