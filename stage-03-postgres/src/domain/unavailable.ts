import { DomainError } from '@medcenter/stage-02-http/domain';

/** The kinds of refusal that this stage adds. */
export const UNAVAILABLE_ERROR_CODES = ['unavailable'] as const;
export type UnavailableErrorCode = (typeof UNAVAILABLE_ERROR_CODES)[number];

/** What the answer needs cannot be reached, or is too busy: the same call may do well in a moment. */
export function unavailable(message: string, cause?: unknown): DomainError {
  const code: UnavailableErrorCode = 'unavailable';
  return new DomainError(code, message, [], { cause });
}
