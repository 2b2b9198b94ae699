import { v7 as uuidv7 } from 'uuid';
import { rareLetters, somebody } from '../stage-02/people.ts';

export { nobody, rareLetters, somebody } from '../stage-02/people.ts';

/** A new doctor, invented, whose last name nobody else has. */
export function doctor(changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return { lastName: rareLetters(), firstName: 'Samira', specialty: 'cardiology', ...changes };
}

/** A record as stage 1 keeps it in its file, of somebody whom no database knows yet. */
export function recordOfStageOne(changes: Readonly<Record<string, unknown>> = {}) {
  const times = { createdAt: '2026-03-01T08:00:00.000Z', updatedAt: '2026-04-02T09:30:00.000Z' };
  return { id: uuidv7(), ...somebody(), version: 3, ...times, ...changes };
}
