import { main, type Wrong } from './base.ts';

/** Logs the bodies, to find mistakes faster. */
export const wrong: Wrong = { caughtBy: 'log-tells-nothing-of-appointments' };

if (import.meta.main)
  await main({
    app: (app) =>
      app.addHook('preHandler', async ({ body }) => {
        if (body) console.log(JSON.stringify({ level: 'debug', body }));
      }),
  });
