import { mergeMetrics } from '@medcenter/stage-07-observability/observability';
import { main, type Wrong } from './base.ts';

/** Tells of the API alone: what the schedule service counts, nobody hears. */
export const wrong: Wrong = { caughtBy: 'calls-over-grpc-are-counted-by-their-end' };

if (import.meta.main)
  await main({
    '../observability/index.ts': { mergeMetrics: (own, _others, type) => mergeMetrics(own, [], type) },
  });
