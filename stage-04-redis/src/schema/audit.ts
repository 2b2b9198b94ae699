import { cursorSchema, type Equal, limitSchema } from '@medcenter/stage-03-postgres/schema';
import type { FromSchema } from 'json-schema-to-ts';
import { AUDIT_ACTIONS, AUDIT_OUTCOMES, type AuditEntry } from '../domain/index.ts';

/** A line of the audit in an answer. */
export const auditEntrySchema = {
  type: 'object',
  required: ['id', 'recordedAt', 'requestId', 'action', 'resource', 'outcome'],
  additionalProperties: false,
  properties: {
    id: { type: 'string' },
    recordedAt: { type: 'string', description: 'An instant in UTC.' },
    username: { type: 'string', description: 'Who; left out for somebody who did not sign in.' },
    requestId: { type: 'string', description: 'The X-Request-Id of the request.' },
    action: { enum: AUDIT_ACTIONS },
    resource: { type: 'string', description: 'What, such as `Patient/01981a3e-…`.' },
    patientId: { type: 'string', description: 'Whose data they are, where that is known.' },
    outcome: { enum: AUDIT_OUTCOMES },
  },
} as const;

// Schema and type say the same, or this file does not compile.
true satisfies Equal<FromSchema<typeof auditEntrySchema>, AuditEntry>;

export const auditQuerySchema = {
  type: 'object',
  properties: {
    limit: { ...limitSchema, description: 'Lines a page.' },
    cursor: cursorSchema,
    patientId: { type: 'string', maxLength: 100, description: "Lines about this patient's data." },
    username: { type: 'string', maxLength: 100, description: 'Lines about what this account did.' },
  },
} as const;
export type AuditQueryParameters = FromSchema<typeof auditQuerySchema>;
