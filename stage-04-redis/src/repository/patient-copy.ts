import type { Patient } from '../domain/index.ts';
import { createShapeCheck, patientSchema } from '../schema/index.ts';

/** The number is of the form of the copies: one of another form is not found. */
export function patientKey(id: string): string {
  return `patient:1:${id}`;
}

/** What the cache holds, if it is what it should be. Others can write there, too. */
export function readCopy(text: string, id: string): Patient | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isPatient = checkPatient(value).length === 0 && (value as Patient).id === id;
    return isPatient ? (value as Patient) : undefined;
  } catch {
    return undefined;
  }
}

const checkPatient = createShapeCheck({ ...patientSchema, additionalProperties: false });
