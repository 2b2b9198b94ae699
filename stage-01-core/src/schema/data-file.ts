import type { FromSchema } from 'json-schema-to-ts';
import { APPOINTMENT_STATUSES, type Appointment, type Patient } from '../domain/index.ts';
import { createShapeCheck } from './check.ts';
import type { Equal, Named } from './equal.ts';
import { patientSchema } from './patient.ts';

/** What the JSON file holds. */
export interface DataFile {
  readonly version: 1;
  readonly patients: readonly Patient[];
  readonly appointments: readonly Appointment[];
}

/** A stored appointment. Fields that a later version of this program adds are let through, and kept. */
export const appointmentSchema = {
  type: 'object',
  required: ['id', 'patientId', 'doctorId', 'startsAt', 'endsAt', 'status', 'version'],
  properties: {
    id: { type: 'string', minLength: 1 },
    patientId: { type: 'string' },
    doctorId: { type: 'string' },
    startsAt: { type: 'string' },
    endsAt: { type: 'string' },
    status: { enum: APPOINTMENT_STATUSES },
    reason: { type: 'string' },
    cancellationReason: { type: 'string' },
    version: { type: 'integer', minimum: 1 },
  },
} as const;

// Schema and type say the same, or this file does not compile.
true satisfies Equal<Named<typeof appointmentSchema, FromSchema<typeof appointmentSchema>>, Appointment>;

export const checkDataFile = createShapeCheck({
  type: 'object',
  additionalProperties: false,
  required: ['version', 'patients', 'appointments'],
  properties: {
    version: { const: 1 },
    patients: { type: 'array', items: patientSchema },
    appointments: { type: 'array', items: appointmentSchema },
  },
});
