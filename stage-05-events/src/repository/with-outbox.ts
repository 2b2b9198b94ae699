import type { ClinicStorage, ClinicTransaction } from '@medcenter/stage-04-redis/repository';
import {
  type Appointment,
  type AppointmentEvent,
  type EventType,
  eventTypeOf,
  topicOf,
} from '../domain/index.ts';
import { writeEvent } from '../schema/index.ts';
import { sqlOutbox } from './sql-outbox.ts';

export interface OutboxOptions {
  newEvent(type: EventType, appointment: Appointment): AppointmentEvent;
  /** After a commit that has something to tell. */
  onCommit(): void;
}

/**
 * The storage, with a row to tell of each appointment that is booked, cancelled or moved: in the same transaction, so
 * there is never one without the other.
 */
export function withOutbox(storage: ClinicStorage, { newEvent, onCommit }: OutboxOptions): ClinicStorage {
  return {
    ...storage,
    async transaction(work) {
      let told = 0;
      const result = await storage.transaction((tx) => {
        told = 0; // The work may run again.
        const tell = async (before: Appointment | undefined, after: Appointment) => {
          const type = eventTypeOf(before, after);
          if (!type) return;
          const event = newEvent(type, after);
          const message = { topic: topicOf(type), key: event.subject, value: writeEvent(event) };
          // After the statement that changes the appointment: it holds the row, so those who wait for it come behind.
          await sqlOutbox(tx.sql).add(message, event.time);
          told += 1;
        };
        return work(telling(tx, tell));
      });
      if (told > 0) onCommit();
      return result;
    },
  };
}

type Tell = (before: Appointment | undefined, after: Appointment) => Promise<void>;

function telling(tx: ClinicTransaction, tell: Tell): ClinicTransaction {
  const { appointments } = tx;
  return {
    ...tx,
    appointments: {
      ...appointments,
      async insert(appointment) {
        // Both are on their way at once: nobody else can tell of an appointment that is not there yet.
        await Promise.all([appointments.insert(appointment), tell(undefined, appointment)]);
      },
      async update(appointment) {
        const before = await appointments.find(appointment.id);
        await appointments.update(appointment);
        await tell(before, appointment);
      },
    },
  };
}
