import { createHttpApp } from '@medcenter/stage-07-observability/transport/http';
import { main, type Wrong } from './base.ts';

/** Tells of each refusal with the token that did not do. */
export const wrong: Wrong = { caughtBy: 'log-and-refusals-tell-nobody' };

if (import.meta.main)
  await main({
    '../transport/http/index.ts': {
      async createHttpApp(services, options) {
        const app = await createHttpApp(services, options);
        app.addHook('onSend', async ({ headers }, { statusCode }) => {
          if (statusCode === 401) options.logger.warn({}, `nobody has the token ${headers.authorization}`);
        });
        return app;
      },
    },
  });
