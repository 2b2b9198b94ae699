import { v7 as uuidv7 } from 'uuid';
import type { Appointment, AppointmentEvent, EventType } from '../../src/domain/index.ts';

export function sampleEvent(type: EventType, data: Appointment, id: string = uuidv7()): AppointmentEvent {
  return {
    specversion: '1.0',
    id,
    source: '/medcenter/appointments',
    type,
    subject: data.id,
    time: '2026-06-15T10:00:00.000Z',
    datacontenttype: 'application/json',
    data,
  };
}
