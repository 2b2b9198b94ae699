import { createHttpApp } from '@medcenter/stage-07-observability/transport/http';
import { main, type Wrong } from './base.ts';

/** Writes each body into the log, at a level that is seldom on. */
export const wrong: Wrong = { caughtBy: 'log-and-refusals-tell-nobody' };

if (import.meta.main)
  await main({
    '../transport/http/index.ts': {
      async createHttpApp(services, options) {
        const app = await createHttpApp(services, options);
        app.addHook('preValidation', async ({ body }) => {
          options.logger.debug({}, `a body came: ${JSON.stringify(body)}`);
        });
        return app;
      },
    },
  });
