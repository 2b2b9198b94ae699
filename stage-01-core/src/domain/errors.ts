/** The kinds of refusal that the domain knows so far. A transport maps each to its own language: exit code, HTTP status. */
export const ERROR_CODES = ['validation', 'not_found', 'conflict'] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

/** One thing that is wrong with one field of what the caller gave. */
export interface FieldProblem {
  /** Where: a JSON Pointer (RFC 6901) into the input, such as `/birthDate`. */
  readonly path: string;
  /** What is wrong with the value, and the remedy. It reads on after the field's name: "birthDate is in the future". */
  readonly message: string;
}

/**
 * A refusal that the caller can understand and act on. Whoever catches it looks at `code`, never at the text.
 * Any other error is a defect or a broken machine: its text is for the log, not for the caller.
 */
export class DomainError extends Error {
  override readonly name = 'DomainError';
  readonly code: string;
  readonly details: readonly FieldProblem[];

  constructor(code: string, message: string, details: readonly FieldProblem[] = [], options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.details = details;
  }
}

export function validation(details: readonly FieldProblem[]): DomainError {
  // A problem of the whole input has no field to name, so its own words tell.
  const subjects = details.map(({ path, message }) => (path === '' ? message : path.slice(1)));
  const text = `not accepted: ${[...new Set(subjects)].join(', ')}`;
  return new DomainError('validation' satisfies ErrorCode, text, details);
}

export function notFound(kind: string, id: string): DomainError {
  return new DomainError(
    'not_found' satisfies ErrorCode,
    `there is no ${kind} with the id ${JSON.stringify(id)}`,
  );
}

export function conflict(message: string, details: readonly FieldProblem[] = []): DomainError {
  return new DomainError('conflict' satisfies ErrorCode, message, details);
}
