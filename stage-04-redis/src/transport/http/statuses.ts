import { clinicStatusByCode } from '@medcenter/stage-03-postgres/transport/http';
import type { AccessErrorCode } from '../../domain/index.ts';

/** The HTTP status for each code of the domain that this stage knows. */
export const accessStatusByCode = {
  ...clinicStatusByCode,
  ...({ unauthenticated: 401, forbidden: 403, rate_limited: 429 } satisfies Record<AccessErrorCode, number>),
};

/** What pages of other origins may read besides: why they were refused, when to come again, and what the cache did. */
export const accessHeaders = ['WWW-Authenticate', 'Retry-After', 'X-Cache'] as const;
