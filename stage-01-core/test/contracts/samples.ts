import { randomUUID } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import type { Appointment, Clock, Patient, PatientInput } from '../../src/domain/index.ts';

/** A clock that stands at an instant, and for which the clinic's calendar is that of UTC. */
export function createStillClock(instant = '2026-06-15T10:00:00.000Z'): Clock {
  return { now: () => new Date(instant), today: () => instant.slice(0, 10) };
}

export function samplePatientInput(overrides: Partial<PatientInput> = {}): PatientInput {
  return { lastName: 'Okafor', firstName: 'Adaeze', birthDate: '1990-05-14', sex: 'female', ...overrides };
}

/** A patient as storage keeps it, with an id of its own. */
export function samplePatient(overrides: Partial<Patient> = {}): Patient {
  const now = '2026-06-15T10:00:00.000Z';
  return { id: uuidv7(), ...samplePatientInput(), version: 1, createdAt: now, updatedAt: now, ...overrides };
}

/** An appointment as storage keeps it: with a doctor of its own, on 1 March 2027 from 9 to half past. */
export function sampleAppointment(
  overrides: Partial<Appointment> & Pick<Appointment, 'patientId'>,
): Appointment {
  return {
    id: uuidv7(),
    doctorId: randomUUID(),
    startsAt: '2027-03-01T09:00:00.000Z',
    endsAt: '2027-03-01T09:30:00.000Z',
    status: 'booked',
    version: 1,
    ...overrides,
  };
}
