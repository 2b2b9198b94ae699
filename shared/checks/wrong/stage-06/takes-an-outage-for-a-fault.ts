import { main, type Wrong } from './base.ts';

/** Does not tell a service that is away from a fault of its own: 500. */
export const wrong: Wrong = { caughtBy: 'program-starts-without-a-schedule-service' };

const asFault = (error: unknown) => {
  const isAway = error instanceof Error && 'code' in error && error.code === 'unavailable';
  throw isAway ? new Error('the call failed', { cause: error }) : error;
};

if (import.meta.main)
  await main({
    client: (client) => ({
      ...client,
      getSchedule: (...words) => client.getSchedule(...words).catch(asFault),
      availableSlots: (...words) => client.availableSlots(...words).catch(asFault),
    }),
  });
