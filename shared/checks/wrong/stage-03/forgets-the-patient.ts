import { main, type Wrong } from './base.ts';
import { rewriteRules } from './tables.ts';

/** Keeps the doctor's time alone: a patient may be in two rooms at once. */
export const wrong: Wrong = { caughtBy: 'patient-is-never-booked-twice' };

if (import.meta.main)
  await main({
    tables: (storage) => rewriteRules(storage, (text, name) => (name.startsWith('patient') ? '' : text)),
  });
