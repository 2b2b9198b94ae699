import type { Clock } from './clock.ts';
import { conflict, type FieldProblem, validation } from './errors.ts';
import { parseInstant } from './instant.ts';

/** The statuses of FHIR R5 Appointment that this clinic uses. */
export const APPOINTMENT_STATUSES = ['booked', 'arrived', 'fulfilled', 'cancelled', 'noshow'] as const;
export type AppointmentStatus = (typeof APPOINTMENT_STATUSES)[number];

/** Where each status may lead. A status that leads nowhere is final. */
const MOVES: Readonly<Record<AppointmentStatus, readonly AppointmentStatus[]>> = {
  booked: ['arrived', 'cancelled', 'noshow'],
  arrived: ['fulfilled', 'cancelled'],
  fulfilled: [],
  cancelled: [],
  noshow: [],
};

export const LONGEST_APPOINTMENT_HOURS = 8;

export interface AppointmentInput {
  readonly patientId: string;
  readonly doctorId: string;
  /** Instants, RFC 3339 with an offset. The time taken is half-open: it holds `startsAt`, not `endsAt`. */
  readonly startsAt: string;
  readonly endsAt: string;
  readonly reason?: string;
}

export interface Appointment extends AppointmentInput {
  /** UUID version 7. */
  readonly id: string;
  readonly status: AppointmentStatus;
  readonly cancellationReason?: string;
  /** 1 when booked, one more with each change. */
  readonly version: number;
}

/** A new time, a new status, or both; a cancellation says why. */
export interface AppointmentChange {
  readonly status?: AppointmentStatus;
  readonly cancellationReason?: string;
  readonly startsAt?: string;
  readonly endsAt?: string;
}

/** @throws DomainError `validation` with every problem at once */
export function createAppointment(
  { patientId, doctorId, startsAt, endsAt, reason }: AppointmentInput,
  { id, clock }: { id: string; clock: Clock },
): Appointment {
  refuse(timeProblems({ startsAt, endsAt }, clock));
  const times = inUtc({ startsAt, endsAt });
  return { id, patientId, doctorId, ...times, status: 'booked', ...(reason && { reason }), version: 1 };
}

/**
 * @throws DomainError `conflict` for a move that the status does not allow; `validation` for a time that cannot be, a
 *   cancellation without a reason, or a change that changes nothing
 */
export function changeAppointment(
  appointment: Appointment,
  change: AppointmentChange,
  clock: Clock,
): Appointment {
  const { status, cancellationReason = '' } = change;
  const { startsAt = appointment.startsAt, endsAt = appointment.endsAt } = change;
  const moves = change.startsAt !== undefined || change.endsAt !== undefined;
  if (status !== undefined) refuseIllegalMove(appointment, status);
  if (moves && appointment.status !== 'booked') {
    throw conflict(`a ${appointment.status} appointment cannot be moved to another time`);
  }
  // A start that stays may be past: one who is there already may stay longer.
  const times = moves ? timeProblems({ startsAt, endsAt }, clock) : [];
  const counts = ({ path }: FieldProblem) => path !== '/startsAt' || change.startsAt !== undefined;
  refuse([...changeProblems(change), ...times.filter(counts)]);
  return {
    ...appointment,
    ...(moves && inUtc({ startsAt, endsAt })),
    ...(status && { status }),
    ...(status === 'cancelled' && { cancellationReason: cancellationReason.trim() }),
    version: appointment.version + 1,
  };
}

/** Whether the appointment takes up the doctor's and the patient's time. */
export function isLive({ status }: Pick<Appointment, 'status'>): boolean {
  return status === 'booked' || status === 'arrived';
}

/** Whether both are live and share a moment. Back to back is no overlap. */
export function overlap(a: Appointment, b: Appointment): boolean {
  return isLive(a) && isLive(b) && a.startsAt < b.endsAt && b.startsAt < a.endsAt;
}

function refuse(problems: readonly FieldProblem[]): void {
  if (problems.length > 0) throw validation(problems);
}

function refuseIllegalMove({ status: from }: Appointment, to: AppointmentStatus): void {
  if (MOVES[from].includes(to)) return;
  const allowed = MOVES[from].join(', ') || 'nothing: it is final';
  throw conflict(`a ${from} appointment cannot become ${to}; it can become ${allowed}`);
}

function changeProblems({ status, cancellationReason, startsAt, endsAt }: AppointmentChange): FieldProblem[] {
  const path = '/cancellationReason';
  if (status === 'cancelled' && !cancellationReason?.trim()) {
    return [{ path, message: 'is missing: say why it is cancelled' }];
  }
  if (status !== 'cancelled' && cancellationReason !== undefined) {
    return [{ path, message: 'goes with the status cancelled alone' }];
  }
  const nothing = (status ?? startsAt ?? endsAt) === undefined;
  return nothing ? [{ path: '', message: 'changes nothing: give a status or a time' }] : [];
}

type Times = Pick<AppointmentInput, 'startsAt' | 'endsAt'>;

function inUtc({ startsAt, endsAt }: Times): Times {
  return { startsAt: parseInstant(startsAt) ?? startsAt, endsAt: parseInstant(endsAt) ?? endsAt };
}

/** What is wrong with the time of an appointment to come; the paths are `/startsAt` and `/endsAt`. */
export function timeProblems({ startsAt, endsAt }: Times, clock: Clock): FieldProblem[] {
  const [start, end] = [parseInstant(startsAt), parseInstant(endsAt)];
  const message = 'is not an instant with an offset: write it as 2027-03-01T09:00:00+01:00';
  const problems: FieldProblem[] = [];
  if (!start) problems.push({ path: '/startsAt', message });
  if (!end) problems.push({ path: '/endsAt', message });
  if (start && start < clock.now().toISOString()) {
    problems.push({ path: '/startsAt', message: 'is in the past: give a time to come' });
  }
  if (start && end) problems.push(...lengthProblems(start, end));
  return problems;
}

function lengthProblems(start: string, end: string): FieldProblem[] {
  const hours = (Date.parse(end) - Date.parse(start)) / 3_600_000;
  if (hours <= 0) return [{ path: '/endsAt', message: 'is not after startsAt' }];
  if (hours <= LONGEST_APPOINTMENT_HOURS) return [];
  const message = `is over ${LONGEST_APPOINTMENT_HOURS} hours after startsAt: book it in parts`;
  return [{ path: '/endsAt', message }];
}
