import { main, type Wrong } from './base.ts';

/** Begins anew for everybody who comes back. */
export const wrong: Wrong = { caughtBy: 'events-go-on-after-the-last-one' };

if (import.meta.main)
  await main({
    client: (client) => ({
      ...client,
      watchDay: ({ after: _after, ...query }, options) => client.watchDay(query, options),
    }),
  });
