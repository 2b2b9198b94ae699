import { v7 as uuidv7 } from 'uuid';
import { isRecord, type JsonRecord, parse } from '../stage-02/expectations.ts';
import { at } from '../stage-03/times.ts';
import type { Told, Topic, ToTell } from './topics.ts';

export const SOURCE = '/medcenter/appointments';

/** What a value says as JSON. */
export function readValue({ value }: Told): JsonRecord {
  const said = value && parse(value.toString('utf8'));
  return isRecord(said) ? said : {};
}

/** The messages of this appointment, those that were put aside left out. */
export const isOf = (id: string) => (told: Told) => !isDeadLetter(told) && String(told.key) === id;

export const isDeadLetter = ({ topic }: Told): boolean => topic.endsWith('.dlq');

/** An appointment as it goes through the topics; no check has booked it. */
export function strangeAppointment(
  { patientId, doctorId }: { patientId: string; doctorId: string },
  changes: Readonly<Record<string, unknown>> = {},
): JsonRecord & { id: string } {
  const now = new Date().toISOString();
  const times = { startsAt: at(0), endsAt: at(30), createdAt: now, updatedAt: now };
  return {
    id: uuidv7(),
    patientId,
    doctorId,
    ...times,
    status: 'booked',
    version: 1,
    ...changes,
  } as JsonRecord & {
    id: string;
  };
}

type Type = 'created' | 'cancelled' | 'rescheduled';

/** An event as the program itself would tell it. */
export function eventOf(
  type: Type,
  appointment: JsonRecord & { id: string },
  changes: Readonly<Record<string, unknown>> = {},
): JsonRecord {
  return {
    specversion: '1.0',
    id: uuidv7(),
    source: SOURCE,
    type: `appointment.${type}`,
    subject: appointment.id,
    time: new Date().toISOString(),
    datacontenttype: 'application/json',
    data: appointment,
    ...changes,
  };
}

/** The message that carries it. */
export function messageOf(
  type: Type,
  appointment: JsonRecord & { id: string },
  changes: Readonly<Record<string, unknown>> = {},
): ToTell {
  const topic: Topic = `appointments.${type}`;
  return { topic, key: appointment.id, value: JSON.stringify(eventOf(type, appointment, changes)) };
}
