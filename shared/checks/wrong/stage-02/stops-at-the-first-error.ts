import { main, server, type Wrong } from './base.ts';

/** Tells of the first bad field alone: six mistakes are six tries. */
export const wrong: Wrong = { caughtBy: 'every-bad-field-is-named-at-once' };

const { errorsOf } = server;

if (import.meta.main) await main({ errorsOf: (body) => errorsOf(body).slice(0, 1) });
