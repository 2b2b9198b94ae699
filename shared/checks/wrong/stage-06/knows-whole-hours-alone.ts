import { main, type Wrong } from './base.ts';

const HOUR = 3_600_000;

/** Takes the offset of a zone for a number of hours. */
export const wrong: Wrong = { caughtBy: 'offsets-of-kathmandu-and-sao-paulo' };

if (import.meta.main)
  await main({
    zones: (zones) => ({
      ...zones,
      segments: (timeZone, date) =>
        zones.segments(timeZone, date).map(({ startsAt, endsAt, offsetMs }) => {
          const rounded = Math.round(offsetMs / HOUR) * HOUR;
          const shift = offsetMs - rounded;
          return { startsAt: startsAt + shift, endsAt: endsAt + shift, offsetMs: rounded };
        }),
    }),
  });
