import { main, type Wrong } from './base.ts';

/** Goes by the time on the wall, so an hour that comes twice is there once. */
export const wrong: Wrong = { caughtBy: 'hour-that-comes-twice-is-booked-twice' };

if (import.meta.main)
  await main({
    zones: (zones) => ({
      ...zones,
      segments(timeZone, date) {
        const found = zones.segments(timeZone, date);
        return found.map((segment, n) => {
          const setBack = Math.max(0, (found[n - 1]?.offsetMs ?? segment.offsetMs) - segment.offsetMs);
          return { ...segment, startsAt: segment.startsAt + setBack };
        });
      },
    }),
  });
