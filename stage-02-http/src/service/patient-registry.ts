import {
  createPatientService,
  getPatient,
  type PatientService,
  removePatient,
  type ServiceDeps,
} from '@medcenter/stage-01-core/service';
import {
  type Patient,
  type PatientInput,
  patientProblems,
  preconditionFailed,
  type ReadOnlyFields,
  readOnlyProblems,
  replacePatient,
  validation,
} from '../domain/index.ts';

/** Some of the patients, and where to go on. */
export interface PatientPage {
  readonly items: readonly Patient[];
  /** The id after which the next page begins; undefined at the end. */
  readonly next: string | undefined;
}

export interface PatientPageQuery {
  readonly limit: number;
  readonly after?: string;
  readonly search?: string;
}

/**
 * The versions of a record that the caller will change; any, when undefined. It is how somebody who looked at a
 * record and thought about it for a while does not undo what was changed meanwhile.
 */
export type ExpectedVersions = readonly number[] | undefined;

/** Patients for callers who read in pages, and who write what they read before. */
export interface PatientRegistry extends PatientService {
  page(query: PatientPageQuery): Promise<PatientPage>;
  /**
   * Puts these data in the place of all old ones. Fields that cannot be changed may be there, as they were read.
   * @throws DomainError `not_found`, `precondition_failed`, `validation`
   */
  replace(
    id: string,
    record: PatientInput & Partial<ReadOnlyFields>,
    expected?: ExpectedVersions,
  ): Promise<Patient>;
  /** @throws DomainError `not_found`, `precondition_failed`; `conflict` while an appointment is still to come */
  remove(id: string, expected?: ExpectedVersions): Promise<Patient>;
}

export function createPatientRegistry(deps: ServiceDeps): PatientRegistry {
  const { storage, clock } = deps;
  return {
    ...createPatientService(deps),
    async page({ limit, ...query }) {
      // One more than wanted tells whether there is a next page.
      const found = await storage.patients.list({ ...query, limit: limit + 1 });
      const items = found.slice(0, limit);
      return { items, next: found.length > limit ? items.at(-1)?.id : undefined };
    },
    replace: (id, record, expected) =>
      storage.transaction(async (tx) => {
        const patient = await getPatient(tx.patients, id);
        refuseOtherVersion(patient, expected);
        const problems = [...readOnlyProblems(patient, record), ...patientProblems(record, clock.today())];
        if (problems.length > 0) throw validation(problems);
        const replaced = replacePatient(patient, record, clock);
        await tx.patients.update(replaced);
        return replaced;
      }),
    remove: (id, expected) =>
      storage.transaction(async (tx) => {
        const patient = await getPatient(tx.patients, id);
        refuseOtherVersion(patient, expected);
        await removePatient(tx, patient);
        return patient;
      }),
  };
}

/** @throws DomainError `precondition_failed` */
export function refuseOtherVersion(
  { version }: { readonly version: number },
  expected: ExpectedVersions,
): void {
  if (expected && !expected.includes(version)) throw preconditionFailed(version);
}
