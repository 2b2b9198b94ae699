import { conflict, type DomainError } from '../domain/index.ts';

/** The constraints that hold the rule of the clinic have the same names in both databases. */
const TAKEN: Readonly<Record<string, { message: string; path: string }>> = {
  doctor_is_free: { message: 'the doctor is booked at that time: choose another', path: '/doctorId' },
  patient_is_free: { message: 'the patient is booked at that time: choose another', path: '/patientId' },
};

/** The refusal when a constraint says no. It tells who is taken, and nothing of the other appointment. */
export function refusalOf(constraint: string, cause: unknown): DomainError {
  const taken = TAKEN[constraint];
  const refusal = taken
    ? conflict(taken.message, [{ path: taken.path, message: 'is booked at that time' }])
    : conflict('a record that it needs is gone, or is needed by another');
  refusal.cause = cause;
  return refusal;
}
