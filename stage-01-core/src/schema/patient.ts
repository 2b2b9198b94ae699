import type { FromSchema } from 'json-schema-to-ts';
import {
  type Clock,
  type FieldProblem,
  type Patient,
  type PatientChanges,
  type PatientInput,
  patientProblems,
  SEXES,
  validation,
} from '../domain/index.ts';
import { createShapeCheck, type ShapeCheck } from './check.ts';
import type { Equal, Named } from './equal.ts';

const name = {
  type: 'string',
  description: 'Letters of any script, spaces, hyphens, apostrophes; 1 to 100.',
} as const;

const inputProperties = {
  lastName: name,
  firstName: name,
  middleName: name,
  birthDate: {
    type: 'string',
    description: 'A day of the calendar, YYYY-MM-DD; not to come, not over 130 years ago.',
  },
  sex: { enum: SEXES },
  phone: { type: 'string', description: 'International (E.164): + and 2 to 15 digits, the first not 0.' },
} as const;

export const patientInputSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['lastName', 'firstName', 'birthDate', 'sex'],
  properties: inputProperties,
} as const;

export const patientChangesSchema = {
  type: 'object',
  additionalProperties: false,
  properties: inputProperties,
} as const;

/** A stored patient. Fields that a later version of this program adds are let through, and kept. */
export const patientSchema = {
  type: 'object',
  required: ['id', ...patientInputSchema.required, 'version', 'createdAt', 'updatedAt'],
  properties: {
    id: { type: 'string', minLength: 1 },
    ...inputProperties,
    version: { type: 'integer', minimum: 1 },
    createdAt: { type: 'string' },
    updatedAt: { type: 'string' },
  },
} as const;

// Schema and type say the same, or this file does not compile.
true satisfies Equal<FromSchema<typeof patientInputSchema>, PatientInput>;
true satisfies Equal<FromSchema<typeof patientChangesSchema>, PatientChanges>;
true satisfies Equal<Named<typeof patientSchema, FromSchema<typeof patientSchema>>, Patient>;

/** Takes a new patient's data from outside. @throws DomainError `validation` with every problem of shape and rule */
export function readPatientInput(value: unknown, clock: Clock): PatientInput {
  return readFields<PatientInput>(value, checkPatientInput, clock);
}

/** Takes a change of a patient from outside. @throws DomainError `validation` with every problem of shape and rule */
export function readPatientChanges(value: unknown, clock: Clock): PatientChanges {
  return readFields<PatientChanges>(value, checkPatientChanges, clock);
}

const checkPatientInput = createShapeCheck(patientInputSchema);
const checkPatientChanges = createShapeCheck(patientChangesSchema);

/**
 * A value of the right shape as it is: the domain will judge it. Of another value, the rules too, for the sound fields.
 * @throws DomainError `validation`
 */
export function readFields<Fields extends PatientChanges>(
  value: unknown,
  check: ShapeCheck,
  clock: Clock,
): Fields {
  const shapeProblems = check(value);
  if (shapeProblems.length === 0) return value as Fields;
  const bad = new Set(shapeProblems.map(({ path }) => path));
  const sound = Object.entries(value ?? {}).filter(([name]) => FIELDS.includes(name) && !bad.has(`/${name}`));
  const problems = [...shapeProblems, ...patientProblems(Object.fromEntries(sound), clock.today())];
  throw validation(problems.sort((a, b) => position(a) - position(b)));
}

const FIELDS = Object.keys(inputProperties);

/** Problems are told in the order of the fields; of fields that there are not, first. */
function position({ path }: FieldProblem): number {
  return FIELDS.indexOf(path.slice(1));
}
