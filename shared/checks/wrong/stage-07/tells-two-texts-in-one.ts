import { mergeMetrics } from '@medcenter/stage-07-observability/observability';
import { main, type Wrong } from './base.ts';

/** Writes two texts one behind the other: each family has two places. */
export const wrong: Wrong = { caughtBy: 'metrics-can-be-scraped' };

if (import.meta.main)
  await main({
    '../observability/index.ts': {
      async mergeMetrics(own, others, type) {
        const texts = [await mergeMetrics(own, [], type), await mergeMetrics(own, others, type)];
        return texts.join('');
      },
    },
  });
