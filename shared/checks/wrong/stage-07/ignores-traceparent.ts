import { observeRequests } from '@medcenter/stage-07-observability/transport/http';
import { main, type Wrong } from './base.ts';

/** Begins a trace with each request, also where one came in. */
export const wrong: Wrong = { caughtBy: 'trace-comes-in-over-http' };

if (import.meta.main)
  await main({
    '../transport/http/index.ts': {
      observeRequests({ tracing, metrics }) {
        const begin: typeof tracing.begin = (name, { parent: _parent, ...rest }) => tracing.begin(name, rest);
        return observeRequests({ metrics, tracing: { ...tracing, begin } });
      },
    },
  });
