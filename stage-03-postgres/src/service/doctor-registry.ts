import {
  type ExpectedVersions,
  type PatientPageQuery,
  refuseOtherVersion,
} from '@medcenter/stage-02-http/service';
import {
  type Clock,
  conflict,
  createDoctor,
  type Doctor,
  type DoctorInput,
  doctorProblems,
  isLive,
  notFound,
  type ReadOnlyFields,
  readOnlyProblems,
  replaceDoctor,
  validation,
} from '../domain/index.ts';
import type { ClinicStorage, DoctorReader } from '../repository/index.ts';
import { cutPage } from './cut-page.ts';

/** Some of the doctors, and where to go on. */
export interface DoctorPage {
  readonly items: readonly Doctor[];
  /** The id after which the next page begins; undefined at the end. */
  readonly next: string | undefined;
}

/** What people do with doctors. */
export interface DoctorRegistry {
  /** @throws DomainError `validation` */
  register(input: DoctorInput): Promise<Doctor>;
  /** @throws DomainError `not_found` */
  get(id: string): Promise<Doctor>;
  /** In the order of registration. */
  page(query: PatientPageQuery): Promise<DoctorPage>;
  /**
   * Puts these data in the place of all old ones. Fields that cannot be changed may be there, as they were read.
   * @throws DomainError `not_found`, `precondition_failed`, `validation`
   */
  replace(
    id: string,
    record: DoctorInput & Partial<ReadOnlyFields>,
    expected?: ExpectedVersions,
  ): Promise<Doctor>;
  /**
   * The doctor leaves the clinic. Appointments that are over stay with the patients.
   * @throws DomainError `not_found`, `precondition_failed`; `conflict` while an appointment is not over
   */
  remove(id: string, expected?: ExpectedVersions): Promise<Doctor>;
}

/** What the services of this stage are made of. */
export interface ClinicDeps {
  readonly storage: ClinicStorage;
  readonly newId: () => string;
  readonly clock: Clock;
}

export function createDoctorRegistry({ storage, newId, clock }: ClinicDeps): DoctorRegistry {
  return {
    register: (input) =>
      storage.transaction(async (tx) => {
        const doctor = createDoctor(input, { id: newId(), clock });
        await tx.doctors.insert(doctor);
        return doctor;
      }),
    get: (id) => getDoctor(storage.doctors, id),
    async page({ limit, ...query }) {
      const { items, last } = cutPage(await storage.doctors.list({ ...query, limit: limit + 1 }), limit);
      return { items, next: last?.id };
    },
    replace: (id, record, expected) =>
      storage.transaction(async (tx) => {
        const doctor = await getDoctor(tx.doctors, id);
        refuseOtherVersion(doctor, expected);
        const problems = [...readOnlyProblems(doctor, record), ...doctorProblems(record)];
        if (problems.length > 0) throw validation(problems);
        const replaced = replaceDoctor(doctor, record, clock);
        await tx.doctors.update(replaced);
        return replaced;
      }),
    remove: (id, expected) =>
      storage.transaction(async (tx) => {
        const doctor = await getDoctor(tx.doctors, id);
        refuseOtherVersion(doctor, expected);
        if ((await tx.appointments.list({ doctorId: id })).some(isLive)) {
          throw conflict('the doctor has an appointment that is not over: cancel or move it first');
        }
        await tx.doctors.delete(id, clock.now().toISOString());
        return doctor;
      }),
  };
}

/** @throws DomainError `not_found` */
export async function getDoctor(doctors: DoctorReader, id: string): Promise<Doctor> {
  const doctor = await doctors.find(id);
  if (!doctor) throw notFound('doctor', id);
  return doctor;
}
