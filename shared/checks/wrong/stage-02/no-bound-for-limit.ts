import { main, type Wrong } from './base.ts';

/** Gives as many as are asked for, be it everybody. */
export const wrong: Wrong = { caughtBy: 'limit-has-bounds' };

if (import.meta.main) await main({ readLimit: (text) => Number(text ?? 20) });
