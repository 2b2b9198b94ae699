import { main, Refusal, type Wrong } from './base.ts';

/** Looks for the word json anywhere in the type. */
export const wrong: Wrong = { caughtBy: 'other-media-types-are-415' };

function refuseOthers(type: string): void {
  if (!type.toLowerCase().includes('json')) throw new Refusal(415, 'Send JSON.');
}

if (import.meta.main) await main({ refuseType: refuseOthers });
