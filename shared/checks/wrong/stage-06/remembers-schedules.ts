import { conflict, isLive, type Schedule, slotAt } from '@medcenter/stage-06-grpc/domain';
import { sqlSchedules } from '@medcenter/stage-06-grpc/repository';
import { main, type Wrong } from './base.ts';

/** Asks for the schedule of a doctor once, and goes by it from then on. */
export const wrong: Wrong = { caughtBy: 'schedule-changes-among-bookings-and-none-is-off-the-grid' };

const known = new Map<string, Schedule>();

if (import.meta.main)
  await main({
    bySlots: (told, zones) => ({
      ...told,
      transaction: (work) =>
        told.transaction((tx) => {
          const insert: typeof tx.appointments.insert = async (appointment) => {
            const { doctorId, startsAt, endsAt } = appointment;
            const schedule = known.get(doctorId) ?? (await sqlSchedules(tx.sql).find(doctorId));
            if (schedule) known.set(doctorId, schedule);
            const isFree = !schedule || slotAt(schedule, startsAt, zones)?.endsAt === endsAt;
            if (isLive(appointment) && !isFree) throw conflict('this is no slot');
            await tx.appointments.insert(appointment);
          };
          return work({ ...tx, appointments: { ...tx.appointments, insert } });
        }),
    }),
  });
