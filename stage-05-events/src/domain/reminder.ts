import type { Appointment } from '@medcenter/stage-04-redis/domain';

/** A message to a patient that is to be sent at its time, once. */
export interface Reminder {
  readonly appointmentId: string;
  /** Of the appointment that it tells of: one that was moved has another reminder. */
  readonly version: number;
  readonly patientId: string;
  readonly doctorId: string;
  /** Instants in UTC. */
  readonly startsAt: string;
  readonly dueAt: string;
}

/** The same each time that the same reminder is sent: whoever gets it twice can tell. */
export function messageIdOf({ appointmentId, version }: Reminder): string {
  return `reminder-${appointmentId}-${version}`;
}

export function reminderOf(appointment: Appointment, leadHours: number): Reminder {
  const { id: appointmentId, version, patientId, doctorId, startsAt } = appointment;
  const dueAt = new Date(Date.parse(startsAt) - leadHours * 3_600_000).toISOString();
  return { appointmentId, version, patientId, doctorId, startsAt, dueAt };
}

/** Whether the appointment is still to come, and what the reminder tells of it. */
export function isStillTrue(reminder: Reminder, appointment: Appointment | undefined, now: Date): boolean {
  const isSame = appointment?.status === 'booked' && appointment.startsAt === reminder.startsAt;
  return isSame && now.toISOString() < reminder.startsAt;
}
