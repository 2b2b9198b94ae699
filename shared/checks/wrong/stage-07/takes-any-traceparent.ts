import { observeRequests } from '@medcenter/stage-07-observability/transport/http';
import { main, type Wrong } from './base.ts';

/** Mends a traceparent that is none, and goes on with it. */
export const wrong: Wrong = { caughtBy: 'broken-traceparent-starts-a-trace' };

const mend = (header: unknown) =>
  String(header)
    .toLowerCase()
    .replace(/^ff/, '00')
    .replace(/-more$/, '');

if (import.meta.main)
  await main({
    '../transport/http/index.ts': {
      observeRequests({ tracing, metrics }) {
        const begin: typeof tracing.begin = (name, { parent, ...rest }) =>
          tracing.begin(name, { ...rest, parent: { ...parent, traceparent: mend(parent?.traceparent) } });
        return observeRequests({ metrics, tracing: { ...tracing, begin } });
      },
    },
  });
