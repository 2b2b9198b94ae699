import { changeAppointment } from '@medcenter/stage-03-postgres/domain';
import { clock, main, type Wrong } from './base.ts';

/** Moves an appointment by cancelling it and booking it anew: where the new time is taken, both are gone. */
export const wrong: Wrong = { caughtBy: 'refused-move-keeps-the-old-time' };

if (import.meta.main)
  await main({
    services: ({ appointments }, storage) => ({
      appointments: {
        ...appointments,
        async change(id, change, expected) {
          if (change.startsAt === undefined && change.endsAt === undefined)
            return appointments.change(id, change, expected);
          const old = await appointments.get(id);
          const moved = changeAppointment(old, change, clock);
          await storage.transaction(({ sql }) =>
            sql.query(
              "UPDATE appointments SET status = 'cancelled', cancellation_reason = 'moved' WHERE id = $1",
              id,
            ),
          );
          await storage.transaction((tx) => tx.appointments.update(moved));
          return moved;
        },
      },
    }),
  });
