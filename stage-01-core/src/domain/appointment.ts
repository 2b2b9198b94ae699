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
  input: AppointmentInput,
  { id, clock }: { id: string; clock: Clock },
): Appointment {
  const { patientId, doctorId, reason } = input;
  const { startsAt, endsAt } = acceptTime(input, clock);
  return {
    id,
    patientId,
    doctorId,
    startsAt,
    endsAt,
    status: 'booked',
    ...(reason && { reason }),
    version: 1,
  };
}

/**
 * @throws DomainError `conflict` for a move that the status does not allow, `validation` for a time that cannot be
 *   or a cancellation without a reason
 */
export function changeAppointment(
  appointment: Appointment,
  change: AppointmentChange,
  clock: Clock,
): Appointment {
  const { status, cancellationReason, startsAt, endsAt } = change;
  if (cancellationReason !== undefined && status !== 'cancelled') {
    throw validation([{ path: '/cancellationReason', message: 'goes with the status cancelled alone' }]);
  }
  if ((status ?? startsAt ?? endsAt) === undefined) {
    throw validation([{ path: '', message: 'changes nothing: give a status or a time' }]);
  }
  let changed = appointment;
  if (startsAt !== undefined || endsAt !== undefined) {
    if (appointment.status !== 'booked')
      throw conflict(`a ${appointment.status} appointment cannot be moved to another time`);
    changed = { ...changed, ...acceptTime({ ...appointment, ...change }, clock) };
  }
  if (status !== undefined)
    changed = { ...changed, ...acceptStatus(appointment, status, cancellationReason) };
  return { ...changed, version: appointment.version + 1 };
}

/** Whether the appointment takes up the doctor's and the patient's time. */
export function isLive({ status }: Pick<Appointment, 'status'>): boolean {
  return status === 'booked' || status === 'arrived';
}

/** Whether both are live and share a moment. Back to back is no overlap. */
export function overlap(a: Appointment, b: Appointment): boolean {
  return isLive(a) && isLive(b) && a.startsAt < b.endsAt && b.startsAt < a.endsAt;
}

function acceptStatus(
  appointment: Appointment,
  status: AppointmentStatus,
  cancellationReason: string | undefined,
): Pick<Appointment, 'status' | 'cancellationReason'> {
  if (!MOVES[appointment.status].includes(status)) {
    const allowed = MOVES[appointment.status].join(', ') || 'nothing: it is final';
    throw conflict(`a ${appointment.status} appointment cannot become ${status}; it can become ${allowed}`);
  }
  if (status !== 'cancelled') return { status };
  const reason = cancellationReason?.trim();
  if (!reason)
    throw validation([{ path: '/cancellationReason', message: 'is missing: say why it is cancelled' }]);
  return { status, cancellationReason: reason };
}

function acceptTime(
  { startsAt, endsAt }: Pick<AppointmentInput, 'startsAt' | 'endsAt'>,
  clock: Clock,
): Pick<Appointment, 'startsAt' | 'endsAt'> {
  const [start, end] = [parseInstant(startsAt), parseInstant(endsAt)];
  if (start && end) {
    const problems = timeProblems(start, end, clock.now());
    if (problems.length === 0) return { startsAt: start, endsAt: end };
    throw validation(problems);
  }
  const message = 'is not an instant with an offset: write it as 2027-03-01T09:00:00+01:00';
  throw validation([
    ...(start ? [] : [{ path: '/startsAt', message }]),
    ...(end ? [] : [{ path: '/endsAt', message }]),
  ]);
}

function timeProblems(start: string, end: string, now: Date): FieldProblem[] {
  const hours = (Date.parse(end) - Date.parse(start)) / 3_600_000;
  return [
    ...(start < now.toISOString()
      ? [{ path: '/startsAt', message: 'is in the past: give a time to come' }]
      : []),
    ...(hours <= 0 ? [{ path: '/endsAt', message: 'is not after startsAt' }] : []),
    ...(hours > LONGEST_APPOINTMENT_HOURS
      ? [
          {
            path: '/endsAt',
            message: `is over ${LONGEST_APPOINTMENT_HOURS} hours after startsAt: book it in parts`,
          },
        ]
      : []),
  ];
}
