import { createHttpApp } from '@medcenter/stage-07-observability/transport/http';
import { main, type Wrong } from './base.ts';

/** Ends with all connections at once, whatever is under way on them. */
export const wrong: Wrong = { caughtBy: 'deploy-drops-no-request' };

if (import.meta.main)
  await main({
    '../transport/http/index.ts': {
      async createHttpApp(...parts) {
        const app = await createHttpApp(...parts);
        app.addHook('preClose', async () => app.server.closeAllConnections());
        return app;
      },
    },
  });
