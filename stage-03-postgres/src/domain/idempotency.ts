import { type FieldProblem, validation } from '@medcenter/stage-02-http/domain';

/** For how long a key answers a repeated request with the first answer. */
export const IDEMPOTENCY_HOURS = 24;

/** The instant, in UTC, before which keys are forgotten. */
export function oldestKeptKey(now: Date): string {
  return new Date(now.getTime() - IDEMPOTENCY_HOURS * 3_600_000).toISOString();
}

/** The key came before, with another request: one of the two is a mistake of the caller. */
export function keyReused(): Error {
  const problem: FieldProblem = {
    path: '',
    message: 'differs from the first request with this Idempotency-Key: use a new key for a new booking',
  };
  return validation([problem]);
}
