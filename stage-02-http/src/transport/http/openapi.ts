import { STATUS_CODES } from 'node:http';
import type { Patient, PatientInput } from '../../domain/index.ts';
import { problemSchema } from '../../schema/index.ts';
import { PROBLEM_TYPE } from './problem.ts';

/** Examples in the API's document are sent and answered by a test, so they are true. */
export const exampleInput: PatientInput = {
  lastName: 'Okafor',
  firstName: 'Adaeze',
  birthDate: '1990-05-14',
  sex: 'female',
  phone: '+2348012345678',
};

export const examplePatient: Patient = {
  id: '01981a3e-6c00-7000-8000-4d2a63b1f0c7',
  ...exampleInput,
  version: 1,
  createdAt: '2026-06-15T10:00:00.000Z',
  updatedAt: '2026-06-15T10:00:00.000Z',
};

export const ifMatchHeader = header(
  'If-Match',
  'The ETag of the version to change; without it, whatever is there.',
);
export const ifNoneMatchHeader = header('If-None-Match', 'The ETag of the version that the client has.');

/** The errors that a route may answer, for its `response` schemas. */
export function problems(...statuses: number[]): Record<number, object> {
  return Object.fromEntries(
    statuses.map((status) => [
      status,
      { description: STATUS_CODES[status], content: { [PROBLEM_TYPE]: { schema: problemSchema } } },
    ]),
  );
}

function header(name: string, description: string): object {
  return { type: 'object', properties: { [name]: { type: 'string', description } } };
}
