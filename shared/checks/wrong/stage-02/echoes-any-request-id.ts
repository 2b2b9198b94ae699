import { randomUUID } from 'node:crypto';
import { main, type Wrong } from './base.ts';

/** Takes whatever stands in X-Request-Id, into its answer and into its log. */
export const wrong: Wrong = { caughtBy: 'malformed-request-id-is-replaced' };

if (import.meta.main) await main({ requestIdOf: (given) => String(given ?? randomUUID()) });
