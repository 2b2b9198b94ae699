import { main, type Wrong } from './base.ts';

/** Takes each day for 24 hours from its midnight on, as it is on most days. */
export const wrong: Wrong = { caughtBy: 'clocks-go-forward-in-berlin' };

if (import.meta.main)
  await main({
    zones: (zones) => ({
      ...zones,
      segments(timeZone, date) {
        const [first] = zones.segments(timeZone, date);
        if (!first) return [];
        return [{ ...first, endsAt: first.startsAt + 86_400_000 }];
      },
    }),
  });
