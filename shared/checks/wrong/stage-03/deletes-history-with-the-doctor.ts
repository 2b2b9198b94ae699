import { main, type Wrong } from './base.ts';

/** The patients lose with the doctor what the doctor did for them. */
export const wrong: Wrong = { caughtBy: 'history-outlives-the-doctor' };

if (import.meta.main)
  await main({
    services: ({ doctors }, storage) => ({
      doctors: {
        ...doctors,
        async remove(id, expected) {
          const removed = await doctors.remove(id, expected);
          await storage.transaction(({ sql }) =>
            sql.query('DELETE FROM appointments WHERE doctor_id = $1', id),
          );
          return removed;
        },
      },
    }),
  });
