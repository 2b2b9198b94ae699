import type { Appointment } from '../src/domain/index.ts';
import type { EventLog } from '../src/events/event-log.ts';
import { type ClinicStorage, withOutbox } from '../src/repository/index.ts';
import { newEvent, toMessage } from './clinics.ts';

export const WAYS = ['commit, then publish', 'publish, then commit', 'outbox'] as const;
export type Way = (typeof WAYS)[number];

/** A place in the program at which something may happen to it. */
export type Between = () => void;

/** The storage, and each new appointment is told of, in this way. */
export function telling(
  storage: ClinicStorage,
  { way, log, between }: { way: Way; log: Pick<EventLog, 'publish'>; between: Between },
): ClinicStorage {
  const publish = (appointment: Appointment) =>
    log.publish([toMessage(newEvent('appointment.created', appointment))]);
  if (way === 'commit, then publish') return publishingAfter(storage, publish, between);
  if (way === 'publish, then commit') return publishingBefore(storage, publish, between);
  return withOutbox(storage, { newEvent, onCommit: between });
}

type Publish = (appointment: Appointment) => Promise<void>;

/** As one is tempted to write it. */
function publishingAfter(storage: ClinicStorage, publish: Publish, between: Between): ClinicStorage {
  return {
    ...storage,
    async transaction(work) {
      const booked: Appointment[] = [];
      const result = await storage.transaction((tx) => {
        const insert = async (appointment: Appointment) => {
          await tx.appointments.insert(appointment);
          booked.push(appointment);
        };
        return work({ ...tx, appointments: { ...tx.appointments, insert } });
      });
      between();
      for (const appointment of booked) await publish(appointment);
      return result;
    },
  };
}

/** "Then the other way round." */
function publishingBefore(storage: ClinicStorage, publish: Publish, between: Between): ClinicStorage {
  return {
    ...storage,
    transaction: (work) =>
      storage.transaction((tx) => {
        const insert = async (appointment: Appointment) => {
          await tx.appointments.insert(appointment);
          await publish(appointment);
          between();
        };
        return work({ ...tx, appointments: { ...tx.appointments, insert } });
      }),
  };
}
