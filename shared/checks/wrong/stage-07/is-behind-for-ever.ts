import { withEventTraces } from '@medcenter/stage-07-observability/events';
import { main, type Wrong } from './base.ts';

/** Counts the last message of each topic as one that is still to come. */
export const wrong: Wrong = { caughtBy: 'lag-comes-back-to-zero' };

if (import.meta.main)
  await main({
    '../events/index.ts': {
      withEventTraces(...parts) {
        const log = withEventTraces(...parts);
        return {
          ...log,
          async lag(...words) {
            const lags = await log.lag(...words);
            return new Map([...lags].map(([topic, count]) => [topic, count + 1]));
          },
        };
      },
    },
  });
