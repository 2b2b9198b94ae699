import { main, type Wrong } from './base.ts';

/** Hands what was typed to a regular expression: a dot finds everybody and a bracket is a crash. */
export const wrong: Wrong = { caughtBy: 'search-takes-text-as-text' };

if (import.meta.main)
  await main({ contains: (name, text) => new RegExp(text.normalize('NFC'), 'iu').test(name) });
