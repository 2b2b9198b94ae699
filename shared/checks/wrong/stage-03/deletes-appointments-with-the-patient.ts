import { main, type Wrong } from './base.ts';

/** Takes the patient away and all that refers to them, as a foreign key with ON DELETE CASCADE would. */
export const wrong: Wrong = { caughtBy: 'patient-with-a-live-appointment-stays' };

if (import.meta.main)
  await main({
    services: ({ patients }, storage) => ({
      patients: {
        ...patients,
        async remove(id, expected) {
          await patients.get(id);
          await storage.transaction(({ sql }) =>
            sql.query('DELETE FROM appointments WHERE patient_id = $1', id),
          );
          return patients.remove(id, expected);
        },
      },
    }),
  });
