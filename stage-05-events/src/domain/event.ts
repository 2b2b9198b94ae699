import type { Appointment } from '@medcenter/stage-04-redis/domain';

/** What is told of an appointment. Each type has a topic of its own. */
export const EVENT_TYPES = [
  'appointment.created',
  'appointment.cancelled',
  'appointment.rescheduled',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

export const EVENT_SOURCE = '/medcenter/appointments';

/** A CloudEvent 1.0 in its JSON form: https://github.com/cloudevents/spec */
export interface AppointmentEvent {
  readonly specversion: '1.0';
  /** With the source, unique: the same event told twice has the same one. A UUID version 7. */
  readonly id: string;
  readonly source: typeof EVENT_SOURCE;
  readonly type: EventType;
  /** The appointment's id. */
  readonly subject: string;
  /** An instant in UTC, RFC 3339. */
  readonly time: string;
  readonly datacontenttype: 'application/json';
  /** As it is after what happened. Its version tells which of two events is the newer one. */
  readonly data: Appointment;
}

/** The topic of a type: `appointment.created` is told in `appointments.created`. */
export function topicOf(type: EventType): string {
  return type.replace('appointment.', 'appointments.');
}

/** What has happened to an appointment that is worth telling; undefined for a move of its status alone. */
export function eventTypeOf(before: Appointment | undefined, after: Appointment): EventType | undefined {
  if (!before) return 'appointment.created';
  if (before.status !== 'cancelled' && after.status === 'cancelled') return 'appointment.cancelled';
  const isMoved = before.startsAt !== after.startsAt || before.endsAt !== after.endsAt;
  return isMoved ? 'appointment.rescheduled' : undefined;
}
