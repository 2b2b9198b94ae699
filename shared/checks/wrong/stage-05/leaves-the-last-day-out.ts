import { main, type Wrong } from './base.ts';

/** Takes `to` for the first day that is not meant any more. */
export const wrong: Wrong = { caughtBy: 'from-and-to-include-their-days' };

if (import.meta.main)
  await main({
    statistics: (statistics) => ({
      ...statistics,
      async list(query) {
        const items = await statistics.list(query);
        return items.filter(({ date }) => query.to === undefined || date < query.to);
      },
    }),
  });
