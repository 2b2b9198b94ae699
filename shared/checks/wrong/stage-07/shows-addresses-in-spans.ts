import { observeRequests } from '@medcenter/stage-07-observability/transport/http';
import { main, type Wrong } from './base.ts';

/** Notes the whole address in each span, with what was searched for. */
export const wrong: Wrong = { caughtBy: 'spans-tell-nobody' };

if (import.meta.main)
  await main({
    '../transport/http/index.ts': {
      observeRequests(options) {
        const { follow, onEnd } = observeRequests(options);
        return {
          onEnd,
          follow(app) {
            follow(app);
            app.addHook('onRequest', async ({ observed, url }) => observed?.span.set({ 'url.full': url }));
          },
        };
      },
    },
  });
