import { main, type Wrong } from './base.ts';

/** Writes whatever status it is told. */
export const wrong: Wrong = { caughtBy: 'every-other-move-is-409' };

if (import.meta.main)
  await main({
    services: ({ appointments }, storage) => ({
      appointments: {
        ...appointments,
        async change(id, change, expected) {
          const { status, cancellationReason } = change;
          const old = await appointments.get(id);
          if (!status || status === 'cancelled' || change.startsAt) {
            if (old.status !== 'cancelled') return appointments.change(id, change, expected);
          }
          const changed = {
            ...old,
            ...(status && { status }),
            ...(cancellationReason && { cancellationReason }),
            version: old.version + 1,
          };
          await storage.transaction((tx) => tx.appointments.update(changed));
          return changed;
        },
      },
    }),
  });
