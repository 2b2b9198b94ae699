import { main, type Wrong } from './base.ts';

/** Pads by the length of the text, though a CJK letter takes two columns and a combining mark none. */
export const wrong: Wrong = { caughtBy: 'table-lines-up-with-wide-letters' };

if (import.meta.main) await main({ fit: (text, width) => text.slice(0, width).padEnd(width) });
