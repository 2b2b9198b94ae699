import { v7 as uuidv7 } from 'uuid';
import {
  type Appointment,
  type AppointmentEvent,
  type Clock,
  EVENT_SOURCE,
  type EventType,
} from '../domain/index.ts';

/** Makes the event that tells of an appointment as it is now. */
export function createNewEvent(
  clock: Clock,
): (type: EventType, appointment: Appointment) => AppointmentEvent {
  return (type, appointment) => ({
    specversion: '1.0',
    id: uuidv7(),
    source: EVENT_SOURCE,
    type,
    subject: appointment.id,
    time: clock.now().toISOString(),
    datacontenttype: 'application/json',
    data: appointment,
  });
}
