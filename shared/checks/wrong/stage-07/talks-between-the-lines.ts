import { createHttpApp } from '@medcenter/stage-07-observability/transport/http';
import { main, type Wrong } from './base.ts';

/** Writes beside its log, as people do while they look for a fault. */
export const wrong: Wrong = { caughtBy: 'log-is-one-json-object-a-line' };

if (import.meta.main)
  await main({
    '../transport/http/index.ts': {
      async createHttpApp(...parts) {
        const app = await createHttpApp(...parts);
        app.addHook('onRequest', async ({ method }) => void process.stdout.write(`a ${method} came\n`));
        return app;
      },
    },
  });
