import { createReadiness } from '@medcenter/stage-07-observability/transport/http';
import { main, type Wrong } from './base.ts';

/** Has heard the signal, and tells nobody. */
export const wrong: Wrong = { caughtBy: 'ready-turns-before-anything-ends' };

if (import.meta.main)
  await main({
    '../transport/http/index.ts': {
      createReadiness: (options) => createReadiness({ ...options, isStopping: () => false }),
    },
  });
