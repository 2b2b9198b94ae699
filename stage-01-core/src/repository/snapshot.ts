import { type Appointment, conflict, nameHolds, notFound, overlap, type Patient } from '../domain/index.ts';
import type {
  AppointmentReader,
  AppointmentRepository,
  PatientReader,
  PatientRepository,
  Storage,
} from './storage.ts';
import { asStatements, createTransactionRules } from './transaction.ts';

/** All records at one moment. Never changed in place: a change makes another snapshot. */
export interface Snapshot {
  readonly patients: ReadonlyMap<string, Patient>;
  readonly appointments: ReadonlyMap<string, Appointment>;
}

export const EMPTY_SNAPSHOT: Snapshot = { patients: new Map(), appointments: new Map() };

/** Where snapshots are kept: a variable, a file. */
export interface SnapshotKeeper {
  current(): Promise<Snapshot>;
  /** Alone among all who change: hands the current snapshot to `change`, and keeps what it makes of it. */
  replace<T>(change: (current: Snapshot) => Promise<{ next: Snapshot; result: T }>): Promise<T>;
  /** Waits for the changes that run. */
  close(): Promise<void>;
}

/** A storage over snapshots. A reader sees one whole snapshot; a transaction works on a copy that then takes its place. */
export function createSnapshotStorage(keeper: SnapshotKeeper): Storage {
  const rules = createTransactionRules();
  return {
    patients: {
      find: async (id) => (await keeper.current()).patients.get(id),
      list: async (query) => patientReader((await keeper.current()).patients).list(query),
    },
    appointments: {
      find: async (id) => (await keeper.current()).appointments.get(id),
      list: async (query) => appointmentReader((await keeper.current()).appointments).list(query),
    },
    transaction: async (work) => {
      rules.refuseNesting();
      return keeper.replace((current) =>
        rules.run(async (run) => {
          const draft = { patients: new Map(current.patients), appointments: new Map(current.appointments) };
          const result = await work({
            patients: asStatements(patientRepository(draft), run),
            appointments: asStatements(appointmentRepository(draft), run),
          });
          return { next: draft, result };
        }),
      );
    },
    close: () => keeper.close(),
  };
}

interface Draft {
  readonly patients: Map<string, Patient>;
  readonly appointments: Map<string, Appointment>;
}

function patientReader(patients: ReadonlyMap<string, Patient>): PatientReader {
  return {
    find: async (id) => patients.get(id),
    list: async ({ search = '', after = '', limit = Number.POSITIVE_INFINITY }) =>
      [...patients.values()]
        .filter((patient) => patient.id > after && (search === '' || nameHolds(patient, search)))
        .sort((a, b) => compare(a.id, b.id))
        .slice(0, limit),
  };
}

function appointmentReader(appointments: ReadonlyMap<string, Appointment>): AppointmentReader {
  return {
    find: async (id) => appointments.get(id),
    list: async ({ patientId, doctorId }) =>
      [...appointments.values()]
        .filter((appointment) => patientId === undefined || appointment.patientId === patientId)
        .filter((appointment) => doctorId === undefined || appointment.doctorId === doctorId)
        .sort((a, b) => compare(a.startsAt, b.startsAt) || compare(a.id, b.id)),
  };
}

function patientRepository({ patients, appointments }: Draft): PatientRepository {
  return {
    ...patientReader(patients),
    insert: async (patient) => insert(patients, patient),
    update: async (patient) => update(patients, patient),
    delete: async (id) => {
      if (!patients.delete(id)) throw notFound('patient', id);
      for (const appointment of appointments.values()) {
        if (appointment.patientId === id) appointments.delete(appointment.id);
      }
    },
  };
}

function appointmentRepository({ appointments }: Draft): AppointmentRepository {
  return {
    ...appointmentReader(appointments),
    insert: async (appointment) => {
      refuseOverlap(appointments, appointment);
      insert(appointments, appointment);
    },
    update: async (appointment) => {
      refuseOverlap(appointments, appointment);
      update(appointments, appointment);
    },
  };
}

/** Says who is taken, and nothing of the appointment that takes them. */
function refuseOverlap(appointments: ReadonlyMap<string, Appointment>, wanted: Appointment): void {
  for (const other of appointments.values()) {
    if (other.id === wanted.id || !overlap(other, wanted)) continue;
    for (const who of ['doctor', 'patient'] as const) {
      if (other[`${who}Id`] !== wanted[`${who}Id`]) continue;
      throw conflict(`the ${who} has an appointment at that time`, [
        { path: `/${who}Id`, message: 'is booked at that time: choose another' },
      ]);
    }
  }
}

interface Versioned {
  readonly id: string;
  readonly version: number;
}

function insert<T extends Versioned>(records: Map<string, T>, record: T): void {
  if (records.has(record.id)) throw conflict(`the id ${record.id} is taken`);
  records.set(record.id, Object.freeze({ ...record }));
}

function update<T extends Versioned>(records: Map<string, T>, record: T): void {
  if (records.get(record.id)?.version !== record.version - 1)
    throw conflict('someone else changed it meanwhile');
  records.set(record.id, Object.freeze({ ...record }));
}

/** By code units, as a database with the "C" collation does: fast, and the same on every machine. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
