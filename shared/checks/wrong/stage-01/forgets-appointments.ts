import { main, program, type Wrong } from './base.ts';

/** Writes only what this stage knows how to show. */
export const wrong: Wrong = { caughtBy: 'appointments-are-kept' };

const { encode } = program;

if (import.meta.main) await main({ encode: (data) => encode({ ...data, appointments: [] }) });
