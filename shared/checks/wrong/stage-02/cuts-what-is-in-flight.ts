import { main, type Wrong } from './base.ts';

/** Exits at the signal, whoever waits for an answer. */
export const wrong: Wrong = { caughtBy: 'requests-in-flight-are-finished' };

if (import.meta.main) await main({ stop: () => process.exit(0) });
