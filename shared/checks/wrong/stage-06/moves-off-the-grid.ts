import { withSlots } from '@medcenter/stage-06-grpc/repository';
import { main, type Wrong } from './base.ts';

/** Asks for a slot where something is booked, and not where it is moved. */
export const wrong: Wrong = { caughtBy: 'appointment-moves-onto-a-slot-alone' };

if (import.meta.main)
  await main({
    bySlots: (told, zones) => ({
      ...told,
      transaction: (work) =>
        told.transaction((tx) => {
          const { update } = tx.appointments;
          // The very transaction, with the rule around its insert alone.
          const once = { ...told, transaction: (inner: typeof work) => inner(tx) };
          return withSlots(once as typeof told, { zones }).transaction((ruled) =>
            work({ ...ruled, appointments: { ...ruled.appointments, update } }),
          ) as ReturnType<typeof work>;
        }),
    }),
  });
