import { main, type Wrong } from './base.ts';

/** Goes on after the start of the last one: whoever starts at the same moment is left out. */
export const wrong: Wrong = { caughtBy: 'appointments-come-in-pages' };

const LAST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

if (import.meta.main)
  await main({
    services: ({ appointments }) => ({
      appointments: {
        ...appointments,
        page: ({ after, ...query }) =>
          appointments.page({ ...query, ...(after && { after: { ...after, id: LAST_ID } }) }),
      },
    }),
  });
