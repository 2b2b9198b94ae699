import type {
  AppointmentQuery,
  AppointmentReader,
  AppointmentRepository,
  PatientQuery,
  PatientRepository,
  Repositories,
  Storage,
} from '@medcenter/stage-02-http/repository';
import type { Appointment, AppointmentStatus, Doctor, Patient } from '../domain/index.ts';
import type { Sql } from './sql.ts';

/** As patients are asked for: text within the name, and a page in the order of ids. */
export type DoctorQuery = PatientQuery;

export interface DoctorReader {
  find(id: string): Promise<Doctor | undefined>;
  /** By id, which is the order of registration. */
  list(query: DoctorQuery): Promise<Doctor[]>;
}

export interface DoctorRepository extends DoctorReader {
  /** @throws DomainError `conflict` when the id is there already */
  insert(doctor: Doctor): Promise<void>;
  /** @throws DomainError `conflict` unless the stored version is `doctor.version - 1` */
  update(doctor: Doctor): Promise<void>;
  /** The doctor is found no more; appointments that are over stay. @throws DomainError `not_found` */
  delete(id: string, at: string): Promise<void>;
}

/** A place in a list of appointments. */
export type AppointmentPlace = Pick<Appointment, 'startsAt' | 'id'>;

/** All conditions hold at once. */
export interface AppointmentPageQuery extends AppointmentQuery {
  readonly status?: AppointmentStatus;
  /** Instants in UTC: those that start at `from` or later, and before `to`. */
  readonly from?: string;
  readonly to?: string;
  /** Only appointments after this one, in the order of the list. */
  readonly after?: AppointmentPlace;
  readonly limit?: number;
}

export interface AppointmentPageReader extends AppointmentReader {
  /** By start, then by id. */
  list(query: AppointmentPageQuery): Promise<Appointment[]>;
}

/** What was answered to a request that came with a key. */
export interface KeptAnswer {
  readonly key: string;
  /** Tells whether a request that comes with the key again is the same one. */
  readonly requestHash: string;
  readonly answer: Appointment;
  readonly createdAt: string;
}

export interface IdempotencyKeys {
  find(key: string): Promise<KeptAnswer | undefined>;
  /** In the place of an older one with the same key. */
  put(kept: KeptAnswer): Promise<void>;
  /** Forgets what was kept before this instant. */
  sweep(before: string): Promise<void>;
}

/** What a transaction of this storage can do. What else has to commit with it joins through `sql`. */
export interface ClinicTransaction extends Repositories {
  readonly patients: PatientRepository & {
    /** Inserts those whose id is not there yet, by one statement, and answers their ids. At most 500. */
    insertMissing(patients: readonly Patient[]): Promise<string[]>;
  };
  readonly doctors: DoctorRepository;
  readonly appointments: AppointmentRepository & AppointmentPageReader;
  readonly idempotencyKeys: IdempotencyKeys;
  readonly sql: Sql;
}

export interface ClinicStorage extends Storage<ClinicTransaction> {
  readonly doctors: DoctorReader;
  readonly appointments: AppointmentPageReader;
  /** For what reads outside of a transaction. */
  readonly sql: Sql;
}
