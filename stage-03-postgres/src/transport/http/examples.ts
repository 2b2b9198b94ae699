import { examplePatient } from '@medcenter/stage-02-http/transport/http';
import type { Appointment, AppointmentInput, Doctor, DoctorInput } from '../../domain/index.ts';

/** Examples in the API's document are sent and answered by a test, so they are true. */
export const exampleDoctorInput: DoctorInput = {
  lastName: 'Haddad',
  firstName: 'Samira',
  specialty: 'cardiology',
};

export const exampleDoctor: Doctor = {
  id: '01981a3e-6c00-7000-8000-9b1c0d2e3f40',
  ...exampleDoctorInput,
  version: 1,
  createdAt: '2026-06-15T10:00:00.000Z',
  updatedAt: '2026-06-15T10:00:00.000Z',
};

export const exampleAppointmentInput: AppointmentInput = {
  patientId: examplePatient.id,
  doctorId: exampleDoctor.id,
  startsAt: '2027-03-01T09:00:00+01:00',
  endsAt: '2027-03-01T09:30:00+01:00',
  reason: 'check-up',
};

export const exampleAppointment: Appointment = {
  id: '01981a3e-6c00-7000-8000-c5d6e7f80912',
  ...exampleAppointmentInput,
  startsAt: '2027-03-01T08:00:00.000Z',
  endsAt: '2027-03-01T08:30:00.000Z',
  status: 'booked',
  version: 1,
};
