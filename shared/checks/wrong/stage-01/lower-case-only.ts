import { main, type Wrong } from './base.ts';

/** Takes lower case for equality: the capital at the end of what was typed becomes the wrong one of two sigmas. */
export const wrong: Wrong = { caughtBy: 'search-knows-the-greek-final-sigma' };

if (import.meta.main) await main({ fold: (text) => text.normalize('NFC').toLowerCase() });
