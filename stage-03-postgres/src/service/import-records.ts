import {
  type Appointment,
  type Clock,
  DomainError,
  type FieldProblem,
  isUuid,
  LONGEST_APPOINTMENT_HOURS,
  normalizeName,
  type Patient,
  parseInstant,
  patientProblems,
  reasonProblems,
} from '../domain/index.ts';
import type { ClinicStorage, FileRecord } from '../repository/index.ts';

/** Patients a transaction. */
const BATCH = 500;

export interface ImportReport {
  readonly imported: number;
  /** Their id was there; whatever the record says, nothing was changed. */
  readonly alreadyThere: number;
  readonly refused: readonly Refusal[];
}

export interface Refusal {
  /** Where the record stands in the file, as a JSON Pointer. */
  readonly path: string;
  readonly reasons: readonly string[];
}

/**
 * Takes over the records of a file with their ids: first all patients, in batches, then the appointments. Each is there
 * or not when the import breaks off, and the same import again brings the rest. `read` begins the file anew.
 * @throws whatever `read` throws; before anything was taken over, if the file is damaged
 */
export async function importRecords(
  read: () => AsyncIterable<FileRecord>,
  deps: ImportDeps,
): Promise<ImportReport> {
  // Once to the end before the first is written: of a damaged file nothing is taken over.
  for await (const _ of read());
  const patients = await importPatients(read(), deps);
  const appointments = await importAppointments(read(), deps);
  return {
    imported: patients.imported + appointments.imported,
    alreadyThere: patients.alreadyThere + appointments.alreadyThere,
    refused: [...patients.refused, ...appointments.refused],
  };
}

interface ImportDeps {
  readonly storage: ClinicStorage;
  readonly clock: Clock;
}

async function importPatients(
  records: AsyncIterable<FileRecord>,
  { storage, clock }: ImportDeps,
): Promise<ImportReport> {
  const refused: Refusal[] = [];
  let [imported, alreadyThere] = [0, 0];
  let batch: Patient[] = [];
  const flush = async () => {
    const inserted = await storage.transaction((tx) => tx.patients.insertMissing(batch));
    imported += inserted.length;
    alreadyThere += batch.length - inserted.length;
    batch = [];
  };
  for await (const { kind, path, value, problems } of records) {
    if (kind !== 'patient') continue;
    const found = problems.length > 0 ? problems : storedPatientProblems(value, clock);
    if (found.length > 0) refused.push({ path, reasons: found.map(formatProblem) });
    else batch.push(normalize(value));
    if (batch.length === BATCH) await flush();
  }
  await flush();
  return { imported, alreadyThere, refused };
}

async function importAppointments(
  records: AsyncIterable<FileRecord>,
  { storage }: ImportDeps,
): Promise<ImportReport> {
  const refused: Refusal[] = [];
  let [imported, alreadyThere] = [0, 0];
  for await (const { kind, path, value, problems } of records) {
    if (kind !== 'appointment') continue;
    const found = problems.length > 0 ? problems : appointmentProblems(value);
    if (found.length > 0) {
      refused.push({ path, reasons: found.map(formatProblem) });
      continue;
    }
    const outcome = await importAppointment(storage, value);
    if (outcome === 'imported') imported += 1;
    else if (outcome === 'already there') alreadyThere += 1;
    else refused.push({ path, reasons: [outcome.message] });
  }
  return { imported, alreadyThere, refused };
}

async function importAppointment(
  storage: ClinicStorage,
  appointment: Appointment,
): Promise<'imported' | 'already there' | DomainError> {
  const { id, patientId, doctorId, startsAt, endsAt } = appointment;
  try {
    return await storage.transaction(async (tx) => {
      if (await tx.appointments.find(id)) return 'already there';
      if (!(await tx.patients.find(patientId))) return refusal(`its patient ${patientId} is not there`);
      if (!(await tx.doctors.find(doctorId))) return refusal(`its doctor ${doctorId} is not there`);
      const [start = startsAt, end = endsAt] = [parseInstant(startsAt), parseInstant(endsAt)];
      await tx.appointments.insert({ ...appointment, startsAt: start, endsAt: end });
      return 'imported';
    });
  } catch (error) {
    if (error instanceof DomainError && error.code === 'conflict') return error;
    throw error;
  }
}

function refusal(message: string): DomainError {
  return new DomainError('conflict', message);
}

function storedPatientProblems(value: Patient, clock: Clock): FieldProblem[] {
  return [
    ...idProblem('/id', value.id),
    ...patientProblems(value, clock.today()),
    ...instantProblem('/createdAt', value.createdAt),
    ...instantProblem('/updatedAt', value.updatedAt),
  ];
}

/** An appointment of the past is right in a file: so its times are judged by the tables, not as those of a booking. */
function appointmentProblems(value: Appointment): FieldProblem[] {
  const { id, startsAt, endsAt, status, cancellationReason } = value;
  const problems = [
    ...idProblem('/id', id),
    ...instantProblem('/startsAt', startsAt),
    ...instantProblem('/endsAt', endsAt),
    ...reasonProblems(value),
  ];
  const hours = (Date.parse(endsAt) - Date.parse(startsAt)) / 3_600_000;
  if (hours <= 0) problems.push({ path: '/endsAt', message: 'is not after startsAt' });
  if (hours > LONGEST_APPOINTMENT_HOURS) {
    problems.push({ path: '/endsAt', message: `is over ${LONGEST_APPOINTMENT_HOURS} hours after startsAt` });
  }
  if (status === 'cancelled' && !cancellationReason)
    problems.push({ path: '/cancellationReason', message: 'is missing' });
  return problems;
}

function idProblem(path: string, id: string): FieldProblem[] {
  return isUuid(id) ? [] : [{ path, message: 'is no UUID in lower case' }];
}

function instantProblem(path: string, text: string): FieldProblem[] {
  return parseInstant(text) ? [] : [{ path, message: 'is no instant with an offset' }];
}

function formatProblem({ path, message }: FieldProblem): string {
  return `${path.slice(1)} ${message}`.trim();
}

/** A file made by hand may write a name in another normal form, and an instant in another zone. */
function normalize(patient: Patient): Patient {
  const { lastName, firstName, middleName, phone, createdAt, updatedAt, ...rest } = patient;
  return {
    ...rest,
    lastName: normalizeName(lastName),
    firstName: normalizeName(firstName),
    ...(middleName?.trim() && { middleName: normalizeName(middleName) }),
    ...(phone && { phone }),
    createdAt: parseInstant(createdAt) ?? createdAt,
    updatedAt: parseInstant(updatedAt) ?? updatedAt,
  };
}
