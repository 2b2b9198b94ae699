import { main, type Wrong } from './base.ts';

/** Wants a session of Prometheus and of the load balancer. */
export const wrong: Wrong = { caughtBy: 'metrics-and-probes-want-no-session' };

const rules = { 'GET /metrics': 'signed in', 'GET /ready': 'signed in' } as const;

if (import.meta.main) await main({ '../transport/http/index.ts': { operationsAccessRules: rules } });
