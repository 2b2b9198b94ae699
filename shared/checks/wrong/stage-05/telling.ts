import type { Appointment } from '@medcenter/stage-05-events/domain';
import type { ClinicStorage } from '@medcenter/stage-05-events/repository';

/** The storage, with something done at each appointment that is written: before it, or after it. */
export function onWrites(
  storage: ClinicStorage,
  { before, after }: Partial<Record<'before' | 'after', (appointment: Appointment) => unknown>>,
): ClinicStorage {
  return {
    ...storage,
    transaction: (work) =>
      storage.transaction((tx) => {
        const { insert } = tx.appointments;
        const told = async (appointment: Appointment) => {
          await before?.(appointment);
          await insert(appointment);
          await after?.(appointment);
        };
        return work({ ...tx, appointments: { ...tx.appointments, insert: told } });
      }),
  };
}
