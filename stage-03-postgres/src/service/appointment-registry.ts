import { createHash } from 'node:crypto';
import {
  type ExpectedVersions,
  getAppointment,
  refuseOtherVersion,
  type Scheduling,
} from '@medcenter/stage-02-http/service';
import {
  type Appointment,
  type AppointmentChange,
  type AppointmentInput,
  type Clock,
  changeAppointment,
  createAppointment,
  type FieldProblem,
  keyReused,
  oldestKeptKey,
  timeProblems,
  validation,
} from '../domain/index.ts';
import type { AppointmentPageQuery, AppointmentPlace, ClinicTransaction } from '../repository/index.ts';
import { cutPage } from './cut-page.ts';
import type { ClinicDeps } from './doctor-registry.ts';

export type { AppointmentPlace };

/** Some of the appointments, and where to go on. */
export interface AppointmentPage {
  readonly items: readonly Appointment[];
  /** The place after which the next page begins; undefined at the end. */
  readonly next: AppointmentPlace | undefined;
}

export interface BookingOptions {
  /** A name for this request that the caller made up: the same request again gets the same answer, and books once. */
  readonly idempotencyKey?: string | undefined;
}

/** Scheduling for callers who read in pages, who change what they read before, and whose requests may come twice. */
export interface AppointmentRegistry extends Scheduling {
  /**
   * @throws DomainError `validation`, also for an unknown patient or doctor, and for a key that came with another
   *   request; `conflict` when the doctor or the patient has a live appointment then
   */
  book(input: AppointmentInput, options?: BookingOptions): Promise<Appointment>;
  page(query: AppointmentPageQuery & { readonly limit: number }): Promise<AppointmentPage>;
  /**
   * A new time is taken and the old one given back in one step, or nothing happens.
   * @throws DomainError `not_found`, `precondition_failed`, `validation`; `conflict` for a move that is not allowed or a
   *   time that is taken
   */
  change(id: string, change: AppointmentChange, expected?: ExpectedVersions): Promise<Appointment>;
  /** Forgets the keys whose time is over. */
  sweepIdempotencyKeys(): Promise<void>;
}

export function createAppointmentRegistry({ storage, newId, clock }: ClinicDeps): AppointmentRegistry {
  return {
    book: (input, { idempotencyKey } = {}) =>
      storage.transaction((tx) => {
        const book = () => bookOnce(tx, input, { newId, clock });
        return idempotencyKey === undefined
          ? book()
          : answerOnce(tx, { key: idempotencyKey, request: input, clock }, book);
      }),
    get: (id) => getAppointment(storage.appointments, id),
    list: (query = {}) => storage.appointments.list(query),
    async page({ limit, ...query }) {
      const { items, last } = cutPage(await storage.appointments.list({ ...query, limit: limit + 1 }), limit);
      return { items, next: last };
    },
    change: (id, change, expected) =>
      storage.transaction(async (tx) => {
        const appointment = await getAppointment(tx.appointments, id);
        refuseOtherVersion(appointment, expected);
        const changed = changeAppointment(appointment, change, clock);
        await tx.appointments.update(changed);
        return changed;
      }),
    sweepIdempotencyKeys: () =>
      storage.transaction((tx) => tx.idempotencyKeys.sweep(oldestKeptKey(clock.now()))),
  };
}

async function bookOnce(
  tx: ClinicTransaction,
  input: AppointmentInput,
  { newId, clock }: Pick<ClinicDeps, 'newId' | 'clock'>,
): Promise<Appointment> {
  const problems = [...(await referenceProblems(tx, input)), ...timeProblems(input, clock)];
  if (problems.length > 0) throw validation(problems);
  const appointment = createAppointment(input, { id: newId(), clock });
  // Whether the time is free is not asked: the answer could be old by the time of the insert. The database judges.
  await tx.appointments.insert(appointment);
  return appointment;
}

async function referenceProblems(
  tx: ClinicTransaction,
  { patientId, doctorId }: AppointmentInput,
): Promise<FieldProblem[]> {
  const problems: FieldProblem[] = [];
  if (!(await tx.patients.find(patientId))) {
    problems.push({ path: '/patientId', message: 'is the id of no patient: register the patient first' });
  }
  if (!(await tx.doctors.find(doctorId))) {
    problems.push({ path: '/doctorId', message: 'is the id of no doctor: see /doctors' });
  }
  return problems;
}

/** The answer is kept in the transaction that it tells of: there is never one without the other. */
async function answerOnce(
  tx: ClinicTransaction,
  { key, request, clock }: { key: string; request: AppointmentInput; clock: Clock },
  answer: () => Promise<Appointment>,
): Promise<Appointment> {
  await tx.sql.lock(`idempotency key ${key}`); // The same request at the same time waits for the first one's answer.
  const now = clock.now();
  const requestHash = hashOf(request);
  const kept = await tx.idempotencyKeys.find(key);
  if (kept && kept.createdAt >= oldestKeptKey(now)) {
    if (kept.requestHash !== requestHash) throw keyReused();
    return kept.answer;
  }
  const appointment = await answer();
  await tx.idempotencyKeys.put({ key, requestHash, answer: appointment, createdAt: now.toISOString() });
  return appointment;
}

/** The order in which the fields were sent makes no difference. */
function hashOf({ patientId, doctorId, startsAt, endsAt, reason }: AppointmentInput): string {
  const text = JSON.stringify([patientId, doctorId, startsAt, endsAt, reason ?? null]);
  return createHash('sha256').update(text).digest('hex');
}
