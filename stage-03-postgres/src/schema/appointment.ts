import { appointmentSchema, createShapeCheck, type Equal } from '@medcenter/stage-02-http/schema';
import type { FromSchema } from 'json-schema-to-ts';
import {
  APPOINTMENT_STATUSES,
  type AppointmentChange,
  type AppointmentInput,
  type Clock,
  type FieldProblem,
  LONGEST_APPOINTMENT_HOURS,
  REASON_MAX_LENGTH,
  reasonProblems,
  timeProblems,
  validation,
} from '../domain/index.ts';
import { cursorSchema, limitSchema } from './page.ts';

const instant = {
  type: 'string',
  description: 'An instant, RFC 3339 with an offset, such as 2027-03-01T09:00:00+01:00.',
} as const;
const reason = {
  type: 'string',
  description: `Why, in plain text; ${REASON_MAX_LENGTH} characters at the most.`,
} as const;
const status = { enum: APPOINTMENT_STATUSES, description: 'As FHIR R5 Appointment names them.' } as const;

export const appointmentInputSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['patientId', 'doctorId', 'startsAt', 'endsAt'],
  properties: {
    patientId: { type: 'string' },
    doctorId: { type: 'string' },
    startsAt: { ...instant, description: `${instant.description} Not in the past.` },
    endsAt: {
      ...instant,
      description: `After startsAt, by ${LONGEST_APPOINTMENT_HOURS} hours at the most. The moment itself is free again.`,
    },
    reason,
  },
} as const;

export const appointmentChangeSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    status,
    cancellationReason: { ...reason, description: `${reason.description} Goes with the status cancelled.` },
    startsAt: instant,
    endsAt: instant,
  },
} as const;

/** An appointment in an answer. */
export const appointmentAnswerSchema = { ...appointmentSchema, additionalProperties: false } as const;

export const appointmentPageQuerySchema = {
  type: 'object',
  properties: {
    doctorId: { type: 'string', maxLength: 100 },
    patientId: { type: 'string', maxLength: 100 },
    status,
    from: {
      ...instant,
      maxLength: 40,
      description: `${instant.description} Those that start then or later.`,
    },
    to: { ...instant, maxLength: 40, description: `${instant.description} Those that start before.` },
    limit: { ...limitSchema, description: 'Appointments a page.' },
    cursor: cursorSchema,
  },
} as const;
export type AppointmentPageParameters = FromSchema<typeof appointmentPageQuerySchema>;

// Schema and type say the same, or this file does not compile.
true satisfies Equal<FromSchema<typeof appointmentInputSchema>, AppointmentInput>;
true satisfies Equal<FromSchema<typeof appointmentChangeSchema>, AppointmentChange>;

/** Takes a booking from outside. @throws DomainError `validation` with every problem of shape and of text */
export function readAppointmentInput(value: unknown, clock: Clock): AppointmentInput {
  const problems = [...checkAppointmentInput(value), ...reasonProblems(value ?? {})];
  if (problems.length > 0) throw validation([...problems, ...soundTimes(value, clock)]);
  return value as AppointmentInput;
}

/** Takes a change from outside. @throws DomainError `validation` with every problem of shape and of text */
export function readAppointmentChange(value: unknown): AppointmentChange {
  const problems = [...checkAppointmentChange(value), ...reasonProblems(value ?? {})];
  if (problems.length > 0) throw validation(problems);
  return value as AppointmentChange;
}

const checkAppointmentInput = createShapeCheck(appointmentInputSchema);
const checkAppointmentChange = createShapeCheck(appointmentChangeSchema);

/** Of a booking whose shape is wrong elsewhere: the rules of its times, if these are text. */
function soundTimes(value: unknown, clock: Clock): FieldProblem[] {
  const { startsAt, endsAt } = (value ?? {}) as Record<string, unknown>;
  return typeof startsAt === 'string' && typeof endsAt === 'string'
    ? timeProblems({ startsAt, endsAt }, clock)
    : [];
}
