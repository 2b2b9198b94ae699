import {
  type Clock,
  type FieldProblem,
  nameProblem,
  normalizeName,
  validation,
} from '@medcenter/stage-02-http/domain';

/** FHIR calls this resource Practitioner. */
export interface DoctorInput {
  readonly lastName: string;
  readonly firstName: string;
  /** Patronymic or middle name. */
  readonly middleName?: string;
  /** What the doctor treats, in words of the clinic, such as `cardiology`. */
  readonly specialty: string;
}

export interface Doctor extends DoctorInput {
  /** UUID version 7 (RFC 9562): ids sort by the time of registration. */
  readonly id: string;
  /** 1 at registration, one more with each change. */
  readonly version: number;
  /** Instants in UTC, RFC 3339. */
  readonly createdAt: string;
  readonly updatedAt: string;
}

export const SPECIALTY_MAX_LENGTH = 100;

/** @throws DomainError `validation` with every problem at once */
export function createDoctor(input: DoctorInput, { id, clock }: { id: string; clock: Clock }): Doctor {
  const now = clock.now().toISOString();
  return { id, ...accept(input), version: 1, createdAt: now, updatedAt: now };
}

/** The doctor with these data instead of the old ones. @throws DomainError `validation` */
export function replaceDoctor({ id, version, createdAt }: Doctor, input: DoctorInput, clock: Clock): Doctor {
  const updatedAt = clock.now().toISOString();
  return { id, ...accept(input), version: version + 1, createdAt, updatedAt };
}

/** Every rule that the given fields break; a field that is not there breaks none. */
export function doctorProblems(fields: Partial<DoctorInput>): FieldProblem[] {
  const { lastName, firstName, middleName, specialty } = fields;
  const name = (text: string) => nameProblem(normalizeName(text));
  return [
    ...problem('/lastName', lastName, name),
    ...problem('/firstName', firstName, name),
    // An optional name that is blank counts as none.
    ...problem('/middleName', middleName?.trim() ? middleName : undefined, name),
    ...problem('/specialty', specialty, specialtyProblem),
  ];
}

/** The input in its normal form; a middle name that is empty is not there. */
function accept(input: DoctorInput): DoctorInput {
  const problems = doctorProblems(input);
  if (problems.length > 0) throw validation(problems);
  const { lastName, firstName, middleName, specialty } = input;
  return {
    lastName: normalizeName(lastName),
    firstName: normalizeName(firstName),
    ...(middleName?.trim() && { middleName: normalizeName(middleName) }),
    specialty: normalizeName(specialty),
  };
}

function problem(
  path: string,
  value: string | undefined,
  check: (value: string) => string | undefined,
): FieldProblem[] {
  const message = value === undefined ? undefined : check(value);
  return message === undefined ? [] : [{ path, message }];
}

function specialtyProblem(text: string): string | undefined {
  const specialty = normalizeName(text);
  const length = [...specialty].length;
  if (length === 0) return `is empty: give 1 to ${SPECIALTY_MAX_LENGTH} characters`;
  if (length > SPECIALTY_MAX_LENGTH)
    return `has ${length} characters: give ${SPECIALTY_MAX_LENGTH} at the most`;
  if (/\p{Cc}|\p{Cs}/u.test(specialty)) return 'has a character that is no text: write plain text';
  return undefined;
}
