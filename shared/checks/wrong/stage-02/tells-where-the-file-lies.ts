import { main, type Wrong } from './base.ts';

/** Shows the message of every error, whoever it was meant for. */
export const wrong: Wrong = { caughtBy: 'damaged-file-tells-nothing-and-stays' };

if (import.meta.main)
  await main({ detailOf: (error) => (error instanceof Error ? error.message : String(error)) });
