import { sqlSchedules } from '@medcenter/stage-06-grpc/repository';
import { createOtherService, main, type Wrong } from './base.ts';

/** Keeps the exceptions, and offers the hours of the week all the same. */
export const wrong: Wrong = { caughtBy: 'exception-replaces-the-hours-of-its-date' };

if (import.meta.main)
  await main({
    service(service, ground) {
      const { availableSlots } = createOtherService(ground, {
        schedulesOver(sql) {
          const table = sqlSchedules(sql);
          const find: typeof table.find = async (doctorId) => {
            const schedule = await table.find(doctorId);
            return schedule && { ...schedule, exceptions: [] };
          };
          return { ...table, find };
        },
      });
      return { ...service, availableSlots };
    },
  });
