import { openScheduleClient } from '@medcenter/stage-07-observability/transport/grpc';
import { main, type Wrong } from './base.ts';

/** Leaves the trace out of the metadata. */
export const wrong: Wrong = { caughtBy: 'trace-goes-on-over-grpc' };

if (import.meta.main)
  await main({
    '../transport/grpc/index.ts': {
      openScheduleClient: (options) =>
        openScheduleClient({
          ...options,
          metadata() {
            const { traceparent: _traceparent, ...others } = options.metadata?.() ?? {};
            return others;
          },
        }),
    },
  });
