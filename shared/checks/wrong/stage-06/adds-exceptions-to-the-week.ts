import { wallHoursOf } from '@medcenter/stage-06-grpc/domain';
import { sqlSchedules } from '@medcenter/stage-06-grpc/repository';
import { createOtherService, main, type Wrong } from './base.ts';

/** Takes the hours of an exception for some more, beside those of the week. */
export const wrong: Wrong = { caughtBy: 'exception-replaces-the-hours-of-its-date' };

if (import.meta.main)
  await main({
    service(service, ground) {
      const { availableSlots } = createOtherService(ground, {
        schedulesOver(sql) {
          const table = sqlSchedules(sql);
          const find: typeof table.find = async (doctorId) => {
            const schedule = await table.find(doctorId);
            if (!schedule) return undefined;
            const { weekly } = schedule;
            const exceptions = schedule.exceptions.map(({ date, intervals }) => {
              const ofTheWeek = wallHoursOf({ weekly, exceptions: [] }, date);
              return { date, intervals: [...ofTheWeek, ...intervals] };
            });
            return { ...schedule, exceptions };
          };
          return { ...table, find };
        },
      });
      return { ...service, availableSlots };
    },
  });
