import { main, type Wrong } from './base.ts';

/** Compares code point with code point: ë in one piece is not ë in two. */
export const wrong: Wrong = { caughtBy: 'search-typed-nfd-finds-nfc' };

if (import.meta.main) await main({ fold: (text) => text.toUpperCase().toLowerCase().replaceAll('ς', 'σ') });
