import { main, Refusal, type Wrong } from './base.ts';

/** Sends the words of the JSON parser on, and with them a piece of what was sent. */
export const wrong: Wrong = { caughtBy: 'body-that-is-not-json-is-400' };

if (import.meta.main) await main({ notJson: (error) => new Refusal(400, String(error)) });
