import { main, type Wrong } from './base.ts';

/** Makes events that know of no trace. */
export const wrong: Wrong = { caughtBy: 'trace-goes-on-to-the-consumer' };

if (import.meta.main) await main({ '../events/index.ts': { withTraceparent: (newEvent) => newEvent } });
