import { main, type Wrong } from './base.ts';

/** Says that nothing waits, without looking. */
export const wrong: Wrong = { caughtBy: 'ready-without-a-broker-and-the-backlog-is-told' };

if (import.meta.main) await main({ '../repository/index.ts': { countPendingEvents: async () => 0 } });
