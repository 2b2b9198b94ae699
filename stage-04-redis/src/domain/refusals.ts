import { DomainError } from '@medcenter/stage-03-postgres/domain';

/** The kinds of refusal that this stage adds. */
export const ACCESS_ERROR_CODES = ['unauthenticated', 'forbidden', 'rate_limited'] as const;
export type AccessErrorCode = (typeof ACCESS_ERROR_CODES)[number];

/** Nobody knows who asks. */
export function unauthenticated(message: string): DomainError {
  return new DomainError('unauthenticated' satisfies AccessErrorCode, message);
}

/** It is known who asks, and they may not. */
export function forbidden(message: string): DomainError {
  return new DomainError('forbidden' satisfies AccessErrorCode, message);
}

/** Too often. After so many seconds the caller may try again. */
export class RateLimited extends DomainError {
  readonly retryAfterSeconds: number;

  constructor(message: string, retryAfterSeconds: number) {
    super('rate_limited' satisfies AccessErrorCode, message);
    this.retryAfterSeconds = retryAfterSeconds;
  }
}
