import { observeRequests } from '@medcenter/stage-07-observability/transport/http';
import { main, type Wrong } from './base.ts';

/** Takes the address of a request for its route. */
export const wrong: Wrong = { caughtBy: 'routes-are-patterns-and-no-addresses' };

if (import.meta.main)
  await main({
    '../transport/http/index.ts': {
      observeRequests(options) {
        const { follow, onEnd } = observeRequests(options);
        return {
          onEnd,
          follow(app) {
            follow(app);
            app.addHook('onRequest', async (request) => {
              const [route] = request.url.split('?');
              if (request.observed) request.observed = { ...request.observed, route };
            });
          },
        };
      },
    },
  });
