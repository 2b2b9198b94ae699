import { DomainError } from '@medcenter/stage-01-core/domain';

/** The kinds of refusal that this stage adds. */
export const PRECONDITION_ERROR_CODES = ['precondition_failed'] as const;
export type PreconditionErrorCode = (typeof PRECONDITION_ERROR_CODES)[number];

/** The record is no longer the one that the caller looked at. */
export function preconditionFailed(version: number): DomainError {
  const code: PreconditionErrorCode = 'precondition_failed';
  return new DomainError(
    code,
    `someone else changed it meanwhile; it is version ${version} now: read it again`,
  );
}
