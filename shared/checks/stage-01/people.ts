/** What a person says at the desk: the flags of `--add`, by their property names. */
export interface Details {
  lastName: string;
  firstName: string;
  middleName?: string;
  birthDate: string;
  sex: string;
  phone?: string;
}

export interface Patient extends Details {
  id: string;
  version: number;
  createdAt: string;
  updatedAt: string;
}

const registered = (number: number, details: Details): Patient => ({
  id: `0198c0de-000${number}-7000-8000-00000000000${number}`,
  ...details,
  version: 1,
  createdAt: `2026-03-0${number}T08:00:00.000Z`,
  updatedAt: `2026-03-0${number}T08:00:00.000Z`,
});

// Invented, all of them; the numbers are from ranges that telephone authorities keep free for stories.
export const anna = registered(1, {
  lastName: 'Иванова',
  firstName: 'Анна',
  middleName: 'Сергеевна',
  birthDate: '1986-04-12',
  sex: 'female',
  phone: '+442079460101',
});

export const konstantinos = registered(2, {
  lastName: 'Παπαδόπουλος',
  firstName: 'Κωνσταντίνος',
  birthDate: '1979-11-30',
  sex: 'male',
});

export const hanako = registered(3, {
  lastName: '山田',
  firstName: '花子',
  birthDate: '2001-01-05',
  sex: 'female',
  phone: '+12025550103',
});

export const zoe = registered(4, {
  lastName: "O'Neill-Weber",
  firstName: 'Zoë',
  birthDate: '1992-02-29',
  sex: 'other',
});

export const fatima = registered(5, {
  lastName: 'الزهراء',
  firstName: 'فاطمة',
  birthDate: '1968-07-19',
  sex: 'female',
});

export const everyone: readonly Patient[] = [anna, konstantinos, hanako, zoe, fatima];

/** Somebody who is not registered yet. */
export const chidi: Details = {
  lastName: 'Okafor',
  firstName: 'Chidi',
  middleName: 'Emeka',
  birthDate: '1990-05-17',
  sex: 'male',
  phone: '+61491570106',
};

/** A data file as the contract wants it. */
export function fileOf(
  patients: readonly Patient[] = everyone,
  appointments: readonly object[] = [],
): string {
  return `${JSON.stringify({ version: 1, patients, appointments }, null, 2)}\n`;
}

/** `lastName` is given as `--last-name`. */
export function flagOf(property: string): string {
  return `--${property.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

export function flagsOf(details: Partial<Details>): string[] {
  return Object.entries(details).flatMap(([property, value]) => [flagOf(property), String(value)]);
}
