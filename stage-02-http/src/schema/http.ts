import {
  createShapeCheck,
  patientInputSchema,
  patientSchema,
  readFields,
} from '@medcenter/stage-01-core/schema';
import type { FromSchema } from 'json-schema-to-ts';
import type { Clock, PatientInput, ReadOnlyFields } from '../domain/index.ts';

export const MAX_PAGE_SIZE = 100;

/** How a list is read in pages. */
export const patientPageQuerySchema = {
  type: 'object',
  properties: {
    limit: {
      type: 'integer',
      minimum: 1,
      maximum: MAX_PAGE_SIZE,
      default: 20,
      description: 'Items a page.',
    },
    cursor: {
      type: 'string',
      maxLength: 500,
      description: 'The `nextCursor` of the page before; empty for the first page.',
    },
    search: { type: 'string', maxLength: 300, description: 'Text within the name, in any case.' },
  },
} as const;
export type PatientPageParameters = FromSchema<typeof patientPageQuerySchema>;

export const patientPageSchema = {
  type: 'object',
  required: ['items', 'nextCursor'],
  properties: {
    items: { type: 'array', items: patientSchema },
    nextCursor: { type: ['string', 'null'], description: 'For the next page; null at the end.' },
  },
} as const;

const { id, version, createdAt, updatedAt } = patientSchema.properties;

/** A whole record, as PUT takes it. */
export const patientRecordSchema = {
  ...patientInputSchema,
  properties: { ...patientInputSchema.properties, id, version, createdAt, updatedAt },
} as const;

/** An error as RFC 9457 tells it. */
export const problemSchema = {
  type: 'object',
  required: ['type', 'title', 'status', 'requestId'],
  properties: {
    type: {
      type: 'string',
      description: 'A URI that names the kind of problem; `about:blank` says no more than the status.',
    },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string', description: 'What is wrong this time, for a person.' },
    requestId: { type: 'string', description: 'Under this id the log tells the rest.' },
    errors: {
      type: 'array',
      description: 'Every field that is wrong.',
      items: {
        type: 'object',
        required: ['path', 'message'],
        properties: {
          path: { type: 'string', description: 'JSON Pointer (RFC 6901) into what was sent.' },
          message: { type: 'string' },
        },
      },
    },
  },
} as const;

export const healthSchema = {
  type: 'object',
  required: ['status'],
  properties: { status: { const: 'ok' } },
} as const;

/**
 * Takes a whole patient record from outside.
 * @throws DomainError `validation` with every problem of shape and rule
 */
export function readPatientRecord(value: unknown, clock: Clock): PatientInput & Partial<ReadOnlyFields> {
  return readFields(value, checkPatientRecord, clock);
}

const checkPatientRecord = createShapeCheck(patientRecordSchema);
