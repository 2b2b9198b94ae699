import { main, type Wrong } from './base.ts';

/** Keeps in the audit what was seen and done, and nothing of what was tried. */
export const wrong: Wrong = { caughtBy: 'audit-keeps-what-was-denied' };

if (import.meta.main) await main({ access: { onDenied: async () => {} } });
