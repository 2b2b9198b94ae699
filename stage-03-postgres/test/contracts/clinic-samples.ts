import { v7 as uuidv7 } from 'uuid';
import type { Doctor, DoctorInput } from '../../src/domain/index.ts';

export function sampleDoctorInput(overrides: Partial<DoctorInput> = {}): DoctorInput {
  return { lastName: 'Haddad', firstName: 'Samira', specialty: 'cardiology', ...overrides };
}

/** A doctor as storage keeps it, with an id of its own. */
export function sampleDoctor(overrides: Partial<Doctor> = {}): Doctor {
  const now = '2026-06-15T10:00:00.000Z';
  return { id: uuidv7(), ...sampleDoctorInput(), version: 1, createdAt: now, updatedAt: now, ...overrides };
}
