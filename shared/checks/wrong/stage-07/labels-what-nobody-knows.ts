import { observeRequests } from '@medcenter/stage-07-observability/transport/http';
import { main, type Wrong } from './base.ts';

/** Labels by the pattern where there is one, and by the address where there is none. */
export const wrong: Wrong = { caughtBy: 'random-addresses-add-one-label' };

if (import.meta.main)
  await main({
    '../transport/http/index.ts': {
      observeRequests(options) {
        const { follow, onEnd } = observeRequests(options);
        return {
          follow,
          onEnd(reply, ...rest) {
            const { request } = reply;
            const { method, url: route, routeOptions, observed } = request;
            const { span = options.tracing.begin(method, {}) } = observed ?? {};
            if (routeOptions.url === undefined) request.observed = { span, method, route };
            onEnd(reply, ...rest);
          },
        };
      },
    },
  });
