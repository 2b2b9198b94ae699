import { createShapeCheck, type Equal, patientSchema } from '@medcenter/stage-02-http/schema';
import type { FromSchema } from 'json-schema-to-ts';
import {
  type Doctor,
  type DoctorInput,
  doctorProblems,
  type ReadOnlyFields,
  SPECIALTY_MAX_LENGTH,
  validation,
} from '../domain/index.ts';

const { id, lastName, firstName, middleName, version, createdAt, updatedAt } = patientSchema.properties;

export const doctorInputSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['lastName', 'firstName', 'specialty'],
  properties: {
    lastName,
    firstName,
    middleName,
    specialty: {
      type: 'string',
      description: `What the doctor treats; 1 to ${SPECIALTY_MAX_LENGTH} characters.`,
    },
  },
} as const;

export const doctorSchema = {
  type: 'object',
  required: ['id', ...doctorInputSchema.required, 'version', 'createdAt', 'updatedAt'],
  additionalProperties: false,
  properties: { id, ...doctorInputSchema.properties, version, createdAt, updatedAt },
} as const;

/** A whole record, as PUT takes it. */
export const doctorRecordSchema = {
  ...doctorInputSchema,
  properties: { ...doctorInputSchema.properties, id, version, createdAt, updatedAt },
} as const;

// Schema and type say the same, or this file does not compile.
true satisfies Equal<FromSchema<typeof doctorInputSchema>, DoctorInput>;
true satisfies Equal<FromSchema<typeof doctorSchema>, Doctor>;

/** Takes a new doctor's data from outside. @throws DomainError `validation` with every problem of shape and rule */
export function readDoctorInput(value: unknown): DoctorInput {
  return readDoctor(value, checkDoctorInput);
}

/** Takes a whole doctor's record from outside. @throws DomainError `validation` with every problem of shape and rule */
export function readDoctorRecord(value: unknown): DoctorInput & Partial<ReadOnlyFields> {
  return readDoctor(value, checkDoctorRecord);
}

const checkDoctorInput = createShapeCheck(doctorInputSchema);
const checkDoctorRecord = createShapeCheck(doctorRecordSchema);

function readDoctor<Fields>(value: unknown, check: typeof checkDoctorInput): Fields {
  const problems = check(value);
  if (problems.length === 0) return value as Fields;
  throw validation([...problems, ...doctorProblems(textsOf(value))]);
}

/** The fields that are text, for the rules of the domain to judge. */
function textsOf(value: unknown): Partial<DoctorInput> {
  const texts = Object.entries(value ?? {}).filter(([, each]) => typeof each === 'string');
  return Object.fromEntries(texts);
}
