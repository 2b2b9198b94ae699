import { createShapeCheck, type Equal } from '@medcenter/stage-03-postgres/schema';
import type { FromSchema } from 'json-schema-to-ts';
import { PASSWORD_LENGTH, ROLES, type Session, validation } from '../domain/index.ts';

/** A password as it is chosen. */
export const newPasswordSchema = {
  type: 'string',
  minLength: PASSWORD_LENGTH.min,
  maxLength: PASSWORD_LENGTH.max,
} as const;

export const loginInputSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['username', 'password'],
  properties: {
    username: { type: 'string', maxLength: 256, description: 'In any case.' },
    // Not the rules for a new one: those of an old one may have been others.
    password: { type: 'string', maxLength: 4 * PASSWORD_LENGTH.max },
  },
} as const;
export type LoginFields = FromSchema<typeof loginInputSchema>;

const role = { enum: ROLES } as const;

export const loginAnswerSchema = {
  type: 'object',
  required: ['token', 'expiresAt', 'user'],
  properties: {
    token: { type: 'string', description: 'For `Authorization: Bearer`. It is shown this once.' },
    expiresAt: { type: 'string', description: 'An instant in UTC. A session that is not used ends sooner.' },
    user: {
      type: 'object',
      required: ['username', 'role'],
      properties: { username: { type: 'string' }, role },
    },
  },
} as const;

/** A session where it is kept outside of this process. */
export const sessionSchema = {
  type: 'object',
  required: ['accountId', 'username', 'role', 'expiresAt'],
  additionalProperties: false,
  properties: {
    accountId: { type: 'string' },
    username: { type: 'string' },
    role,
    doctorId: { type: 'string' },
    expiresAt: { type: 'string' },
  },
} as const;

// Schema and type say the same, or this file does not compile.
true satisfies Equal<FromSchema<typeof sessionSchema>, Session>;

/** Takes a name and a password from outside. @throws DomainError `validation` with every problem */
export function readLoginInput(value: unknown): LoginFields {
  const problems = checkLoginInput(value);
  if (problems.length > 0) throw validation(problems);
  return value as LoginFields;
}

const checkLoginInput = createShapeCheck(loginInputSchema);
