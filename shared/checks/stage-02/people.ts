import { randomUUID } from 'node:crypto';
import { chidi, type Details } from '../stage-01/people.ts';

/** Letters that no other name has: whoever bears them can be found among thousands. */
export function rareLetters(): string {
  return randomUUID()
    .replaceAll('-', '')
    .replaceAll(/\d/g, (digit) => 'ghijklmnop'.charAt(Number(digit)));
}

/** Somebody new, invented, whose last name nobody else has. */
export function somebody(changes: Partial<Details> = {}): Details & { [field: string]: unknown } {
  return { ...chidi, lastName: rareLetters(), ...changes };
}

/** Fields that are wrong, each in its way. */
export const badFields = {
  lastName: 'R2D2',
  firstName: '',
  middleName: '?',
  birthDate: '2023-02-29',
  sex: 'robot',
  phone: 'none',
};

/** An id as the contract makes them, and nobody's. */
export const nobody = '0198c0de-9999-7000-8000-000000009999';
