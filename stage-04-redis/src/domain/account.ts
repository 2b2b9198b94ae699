import { type FieldProblem, isUuid, validation } from '@medcenter/stage-03-postgres/domain';

/** What people are here for. Each may do what the table of access says. */
export const ROLES = ['admin', 'receptionist', 'doctor'] as const;
export type Role = (typeof ROLES)[number];

/** Somebody who may sign in. */
export interface Account {
  /** A UUID. An account that is removed and made again is another one. */
  readonly id: string;
  /** In lower case. */
  readonly username: string;
  readonly role: Role;
  /** The doctor whose account this is. */
  readonly doctorId?: string;
  /** How to check the password, in the PHC string format. Never the password. */
  readonly passwordHash: string;
  /** 1 when it was made, one more with each new password. */
  readonly version: number;
  /** An instant in UTC, RFC 3339. */
  readonly createdAt: string;
}

export interface AccountInput {
  readonly username: string;
  readonly role: string;
  readonly doctorId?: string | undefined;
  readonly password: string;
}

/** The characters (Unicode code points) of a password. */
export const PASSWORD_LENGTH = { min: 12, max: 256 } as const;
const USERNAME = /^[a-z0-9][a-z0-9._@+-]{0,63}$/;

/** One spelling for a name: people write `Anna` and mean `anna`. */
export function normalizeUsername(username: string): string {
  return username.trim().toLowerCase();
}

/** Whether there can be an account of this name, in its one spelling. */
export function isUsername(username: string): boolean {
  return USERNAME.test(username);
}

/** @throws DomainError `validation` with every problem at once */
export function acceptAccount({ username, role, doctorId, password }: AccountInput) {
  const name = normalizeUsername(username);
  const known = ROLES.find((each) => each === role);
  const problems: FieldProblem[] = [];
  if (!isUsername(name)) {
    const message =
      'has 1 to 64 of the letters a to z, digits, and . _ @ + -, and begins with a letter or digit';
    problems.push({ path: '/username', message });
  }
  if (!known) problems.push({ path: '/role', message: `is not a role: give one of ${ROLES.join(', ')}` });
  if (doctorId !== undefined && role !== 'doctor') {
    problems.push({ path: '/doctorId', message: 'goes with the role doctor: leave it out' });
  } else if (doctorId !== undefined && !isUuid(doctorId)) {
    problems.push({ path: '/doctorId', message: 'is not the id of a doctor: see /doctors' });
  }
  problems.push(...passwordProblems(password));
  if (!known || problems.length > 0) throw validation(problems);
  return { username: name, role: known, ...(doctorId !== undefined && { doctorId }) };
}

/**
 * Length is what makes a password hard to guess (NIST SP 800-63B): no rule asks for a digit or a capital. A password is
 * no field and no flag, so the problem speaks for itself.
 */
export function passwordProblems(password: string): FieldProblem[] {
  const { min, max } = PASSWORD_LENGTH;
  const length = [...password].length;
  if (length >= min && length <= max) return [];
  const remedy = length < min ? `${min} at least` : `${max} at the most`;
  return [{ path: '', message: `the password has ${length} characters: give ${remedy}` }];
}
