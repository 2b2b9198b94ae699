import type { ClinicStorage } from '@medcenter/stage-03-postgres/repository';
import { createAppointmentRegistry, createSystemClock } from '@medcenter/stage-03-postgres/service';
import { idOf } from '@medcenter/stage-03-postgres/test/fixtures';
import { v7 as uuidv7 } from 'uuid';
import type { Figures } from './paired.ts';

/** Patients, and as many doctors, that the storage must hold. */
export const PEOPLE = 200;
export const BOOKINGS = 1_500;
export const AT_ONCE = 20;

/** Bookings of free slots by the service; each call of what it answers makes `BOOKINGS` more, `AT_ONCE` at a time. */
export function createBooker(storage: ClinicStorage): () => Promise<Figures> {
  const registry = createAppointmentRegistry({ storage, newId: uuidv7, clock: createSystemClock() });
  let next = 0;
  /** Each booking takes the next quarter of an hour that doctor and patient have. */
  const bookNext = () => {
    const n = next++;
    const quarter = Date.UTC(2060, 0, 1) + Math.floor(n / PEOPLE) * 900_000;
    return registry.book({
      patientId: idOf('patient', 1 + (n % PEOPLE)),
      doctorId: idOf('doctor', 1 + (n % PEOPLE)),
      startsAt: new Date(quarter).toISOString(),
      endsAt: new Date(quarter + 900_000).toISOString(),
    });
  };
  return async () => {
    const begun = performance.now();
    let left = BOOKINGS;
    const booker = async () => {
      while (left-- > 0) await bookNext();
    };
    await Promise.all(Array.from({ length: AT_ONCE }, booker));
    return { bookingsPerSecond: (BOOKINGS / (performance.now() - begun)) * 1_000 };
  };
}
