import type { Appointment, Patient } from '../domain/index.ts';

export interface PatientQuery {
  /** Text within the name, in any case and any normal form. */
  readonly search?: string;
  /** Only patients after this id, in the order of ids. */
  readonly after?: string;
  /** This many at the most. */
  readonly limit?: number;
}

export interface PatientReader {
  find(id: string): Promise<Patient | undefined>;
  /** By id, which is the order of registration. */
  list(query: PatientQuery): Promise<Patient[]>;
}

export interface PatientRepository extends PatientReader {
  /** @throws DomainError `conflict` when the id is there already */
  insert(patient: Patient): Promise<void>;
  /** @throws DomainError `conflict` unless the stored version is `patient.version - 1` */
  update(patient: Patient): Promise<void>;
  /** The patient and all their appointments. @throws DomainError `not_found` */
  delete(id: string): Promise<void>;
}

export interface AppointmentQuery {
  readonly patientId?: string;
  readonly doctorId?: string;
}

export interface AppointmentReader {
  find(id: string): Promise<Appointment | undefined>;
  /** By start, then by id. */
  list(query: AppointmentQuery): Promise<Appointment[]>;
}

export interface AppointmentRepository extends AppointmentReader {
  /** @throws DomainError `conflict` when the id is there already, or doctor or patient have a live appointment then */
  insert(appointment: Appointment): Promise<void>;
  /** @throws DomainError `conflict` as `insert`, or unless the stored version is `appointment.version - 1` */
  update(appointment: Appointment): Promise<void>;
}

export interface Repositories {
  readonly patients: PatientRepository;
  readonly appointments: AppointmentRepository;
}

/** Where the records live. Read anywhere; write only inside a transaction. */
export interface Storage<Tx = Repositories> {
  readonly patients: PatientReader;
  readonly appointments: AppointmentReader;
  /**
   * All that `work` writes through `tx`, or nothing: an error of `work`, or of one statement in it even if `work`
   * swallowed it, leaves no trace. `work` may run again, so it touches nothing but `tx`. Transactions do not
   * nest, and `tx` is of no use after the end.
   */
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  /** Waits for the transactions that run. */
  close(): Promise<void>;
}
