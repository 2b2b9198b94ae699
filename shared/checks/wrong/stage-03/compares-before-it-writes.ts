import { setTimeout as sleep } from 'node:timers/promises';
import { preconditionFailed } from '@medcenter/stage-03-postgres/domain';
import { main, type Wrong } from './base.ts';

/** Compares the version in one transaction and writes in the next: two who look at the same moment both may. */
export const wrong: Wrong = { caughtBy: 'two-changes-with-one-tag' };

if (import.meta.main)
  await main({
    services: ({ appointments }) => ({
      appointments: {
        ...appointments,
        async change(id, change, expected) {
          const { version } = await appointments.get(id);
          if (expected && !expected.includes(version)) throw preconditionFailed(version);
          await sleep(20);
          return appointments.change(id, change);
        },
      },
    }),
  });
