import { main, type Wrong } from './base.ts';

/** Writes into the log by which token somebody came. */
export const wrong: Wrong = { caughtBy: 'log-tells-no-token-and-no-password' };

if (import.meta.main)
  await main({
    app: (app) =>
      void app.addHook('onRequest', async ({ id, headers: { authorization } }) =>
        console.log(JSON.stringify({ level: 'debug', message: 'asked', requestId: id, authorization })),
      ),
  });
