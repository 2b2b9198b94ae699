import { main, program, type Wrong } from './base.ts';

/** Throws at the first bad field: six mistakes are six tries. */
export const wrong: Wrong = { caughtBy: 'refusal-names-every-bad-field' };

const { complaints } = program;

if (import.meta.main) await main({ complaints: (fields) => complaints(fields).slice(0, 1) });
