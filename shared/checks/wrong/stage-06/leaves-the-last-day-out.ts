import { main, type Wrong } from './base.ts';

/** Takes `to` for the first day that is not meant any more. */
export const wrong: Wrong = { caughtBy: 'slots-from-and-to-include-their-days' };

if (import.meta.main)
  await main({
    service: (service) => ({
      ...service,
      async availableSlots(query, options) {
        const slots = await service.availableSlots(query, options);
        const end = query.from === query.to ? '~' : `${query.to}T`;
        return slots.filter(({ startsAt }) => startsAt < end);
      },
    }),
  });
