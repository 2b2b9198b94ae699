import {
  type Clock,
  conflict,
  createPatient,
  isLive,
  notFound,
  type Patient,
  type PatientChanges,
  type PatientInput,
  updatePatient,
} from '../domain/index.ts';
import type { PatientQuery, PatientReader, Repositories, Storage } from '../repository/index.ts';

/** What people do with patients. Data in, data out: who calls need not know where patients are kept. */
export interface PatientService {
  /** @throws DomainError `validation` */
  register(input: PatientInput): Promise<Patient>;
  /** @throws DomainError `not_found` */
  get(id: string): Promise<Patient>;
  /** In the order of registration. */
  list(query?: PatientQuery): Promise<Patient[]>;
  /** @throws DomainError `not_found`, `validation` */
  update(id: string, changes: PatientChanges): Promise<Patient>;
  /** Answers the patient as it was. @throws DomainError `not_found`; `conflict` while an appointment is not over */
  remove(id: string): Promise<Patient>;
}

export interface ServiceDeps {
  readonly storage: Storage;
  readonly newId: () => string;
  readonly clock: Clock;
}

export function createPatientService({ storage, newId, clock }: ServiceDeps): PatientService {
  return {
    register: (input) =>
      storage.transaction(async (tx) => {
        // The id is made in here, where writers take turns: then ids are in the order in which patients appear.
        const patient = createPatient(input, { id: newId(), clock });
        await tx.patients.insert(patient);
        return patient;
      }),
    get: (id) => getPatient(storage.patients, id),
    list: (query = {}) => storage.patients.list(query),
    update: (id, changes) =>
      storage.transaction(async (tx) => {
        const updated = updatePatient(await getPatient(tx.patients, id), changes, clock);
        await tx.patients.update(updated);
        return updated;
      }),
    remove: (id) =>
      storage.transaction(async (tx) => {
        const patient = await getPatient(tx.patients, id);
        await removePatient(tx, patient);
        return patient;
      }),
  };
}

/** @throws DomainError `not_found` */
export async function getPatient(patients: PatientReader, id: string): Promise<Patient> {
  const patient = await patients.find(id);
  if (!patient) throw notFound('patient', id);
  return patient;
}

/** Takes a patient away, and the appointments that are over with them. @throws DomainError `conflict` */
export async function removePatient(tx: Repositories, patient: Patient): Promise<void> {
  const appointments = await tx.appointments.list({ patientId: patient.id });
  if (appointments.some(isLive)) {
    throw conflict('the patient has an appointment that is not over: cancel it first');
  }
  await tx.patients.delete(patient.id);
}
