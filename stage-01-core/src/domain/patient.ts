import { isCalendarDate, yearsBefore } from './calendar-date.ts';
import type { Clock } from './clock.ts';
import { type FieldProblem, validation } from './errors.ts';
import { foldCase, nameProblem, normalizeName } from './person-name.ts';

/** Administrative gender, with the codes of FHIR R5 (http://hl7.org/fhir/administrative-gender). */
export const SEXES = ['male', 'female', 'other', 'unknown'] as const;
export type Sex = (typeof SEXES)[number];

/** What a person at the desk tells about a patient. */
export interface PatientInput {
  readonly lastName: string;
  readonly firstName: string;
  /** Patronymic or middle name. */
  readonly middleName?: string;
  /** Calendar date, `YYYY-MM-DD`. */
  readonly birthDate: string;
  readonly sex: Sex;
  /** E.164: `+` and 2 to 15 digits, the first not 0. */
  readonly phone?: string;
}

/** The fields to change; an empty `middleName` or `phone` takes the old one away. */
export type PatientChanges = Partial<PatientInput>;

export interface Patient extends PatientInput {
  /** UUID version 7 (RFC 9562): ids sort by the time of registration. */
  readonly id: string;
  /** 1 at registration, one more with each change. */
  readonly version: number;
  /** Instants in UTC, RFC 3339. */
  readonly createdAt: string;
  readonly updatedAt: string;
}

const OLDEST_YEARS = 130;
const E164 = /^\+[1-9]\d{1,14}$/;

/** @throws DomainError `validation` with every problem at once */
export function createPatient(input: PatientInput, { id, clock }: { id: string; clock: Clock }): Patient {
  refuseProblems(input, clock);
  const now = clock.now().toISOString();
  return { id, ...inputOf(tidy(input)), version: 1, createdAt: now, updatedAt: now };
}

/** The patient with these data instead of the old ones. @throws DomainError `validation` */
export function replacePatient(patient: Patient, input: PatientInput, clock: Clock): Patient {
  refuseProblems(input, clock);
  return withInput(patient, input, clock);
}

/**
 * The patient with some data changed. Only what is given is judged: a rule that the old data break, since it came
 * later or time went by, does not keep the rest from being changed.
 * @throws DomainError `validation`, also when nothing is given
 */
export function updatePatient(patient: Patient, changes: PatientChanges, clock: Clock): Patient {
  if (Object.values(changes).every((value) => value === undefined)) {
    throw validation([{ path: '', message: 'changes nothing: give a field' }]);
  }
  refuseProblems(changes, clock);
  return withInput(patient, { ...inputOf(patient), ...changes }, clock);
}

function withInput(patient: Patient, input: PatientInput, clock: Clock): Patient {
  // The old data are taken out by name, so that an optional field that the new ones lack does not live on.
  const { id, lastName, firstName, middleName, birthDate, sex, phone, version, createdAt, ...others } =
    patient;
  const updatedAt = clock.now().toISOString();
  return { id, ...inputOf(tidy(input)), version: version + 1, createdAt, ...others, updatedAt };
}

function refuseProblems(fields: PatientChanges, clock: Clock): void {
  const problems = patientProblems(fields, clock.today());
  if (problems.length > 0) throw validation(problems);
}

/** Every rule that the given fields break; a field that is not there breaks none. `today` is `YYYY-MM-DD`. */
export function patientProblems(fields: PatientChanges, today: string): FieldProblem[] {
  const { lastName, firstName, middleName, birthDate, sex, phone } = tidy(fields);
  return [
    ...problem('/lastName', lastName, nameProblem),
    ...problem('/firstName', firstName, nameProblem),
    ...problem('/middleName', middleName, nameProblem),
    ...problem('/birthDate', birthDate, (date) => birthDateProblem(date, today)),
    ...problem('/sex', sex, sexProblem),
    ...problem('/phone', phone, phoneProblem),
  ];
}

/** Whether the text stands within the patient's name: last, first and middle, in this order. */
export function nameHolds(patient: PatientInput, text: string): boolean {
  const name = [patient.lastName, patient.firstName, patient.middleName ?? ''].join(' ');
  return foldCase(name).includes(foldCase(text.trim()));
}

/** Names in their normal form; an optional field that is empty is not there. */
function tidy<Fields extends PatientChanges>(fields: Fields): Fields {
  const entries = Object.entries(fields)
    .map(([key, value]) => [
      key,
      key.endsWith('Name') && typeof value === 'string' ? normalizeName(value) : value,
    ])
    .filter(
      ([key, value]) => value !== undefined && !(value === '' && (key === 'middleName' || key === 'phone')),
    );
  return Object.fromEntries(entries);
}

/** The fields of the input and no others, in the order in which people read them. */
function inputOf({ lastName, firstName, middleName, birthDate, sex, phone }: PatientInput): PatientInput {
  return {
    lastName,
    firstName,
    ...(middleName !== undefined && { middleName }),
    birthDate,
    sex,
    ...(phone !== undefined && { phone }),
  };
}

function problem<T>(
  path: string,
  value: T | undefined,
  check: (value: T) => string | undefined,
): FieldProblem[] {
  const message = value === undefined ? undefined : check(value);
  return message === undefined ? [] : [{ path, message }];
}

function birthDateProblem(date: string, today: string): string | undefined {
  if (!isCalendarDate(date)) return `is not a day of the calendar: write YYYY-MM-DD, such as 1990-05-14`;
  if (date > today) return `is in the future: today is ${today}`;
  if (date < yearsBefore(today, OLDEST_YEARS))
    return `is more than ${OLDEST_YEARS} years ago: check the year`;
  return undefined;
}

function sexProblem(sex: string): string | undefined {
  return SEXES.some((known) => known === sex) ? undefined : `is none of ${SEXES.join(', ')}`;
}

function phoneProblem(phone: string): string | undefined {
  return E164.test(phone)
    ? undefined
    : 'is not an international number: write + and 2 to 15 digits, the first not 0, such as +493012345678';
}
