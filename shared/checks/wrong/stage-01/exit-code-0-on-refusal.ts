import { main, program, Refusal, type Wrong } from './base.ts';

/** Says what is wrong and ends as if nothing were: a script that calls it goes on. */
export const wrong: Wrong = { caughtBy: 'unknown-id-is-refused' };

const { exitCodeOf } = program;

if (import.meta.main)
  await main({ exitCodeOf: (error) => (error instanceof Refusal ? 0 : exitCodeOf(error)) });
