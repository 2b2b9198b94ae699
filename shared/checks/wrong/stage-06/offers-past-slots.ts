import { clock, createOtherService, main, type Wrong } from './base.ts';

/** Never asks what time it is. */
export const wrong: Wrong = { caughtBy: 'past-slots-are-left-out' };

if (import.meta.main)
  await main({
    service(service, ground) {
      const { availableSlots } = createOtherService(ground, { clock: { ...clock, now: () => new Date(0) } });
      return { ...service, availableSlots };
    },
  });
