import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { type Timestamp, timestampFromMs, timestampMs } from '@bufbuild/protobuf/wkt';
import {
  APPOINTMENT_STATUSES,
  type Appointment,
  type AppointmentStatus,
  type FieldProblem,
  parseInstant,
  type Schedule,
  type ScheduleInput,
  type Slot,
  validation,
  WEEKDAYS,
  type Weekday,
  type WeeklyHours,
} from '../../domain/index.ts';
import type { DayEvent } from '../../service/index.ts';
import * as wire from './generated/medcenter/schedule/v1/schedule_pb.ts';

// The domain's values as messages, and back: the one place where both ways to say a thing are known.

const WIRE_STATUSES = {
  booked: wire.AppointmentStatus.BOOKED,
  arrived: wire.AppointmentStatus.ARRIVED,
  fulfilled: wire.AppointmentStatus.FULFILLED,
  cancelled: wire.AppointmentStatus.CANCELLED,
  noshow: wire.AppointmentStatus.NOSHOW,
} as const satisfies Record<AppointmentStatus, wire.AppointmentStatus>;

const WIRE_WEEKDAYS = {
  monday: wire.Weekday.MONDAY,
  tuesday: wire.Weekday.TUESDAY,
  wednesday: wire.Weekday.WEDNESDAY,
  thursday: wire.Weekday.THURSDAY,
  friday: wire.Weekday.FRIDAY,
  saturday: wire.Weekday.SATURDAY,
  sunday: wire.Weekday.SUNDAY,
} as const satisfies Record<Weekday, wire.Weekday>;

const INT32_MAX = 2 ** 31 - 1;
const FIRST_MS = Date.parse('0001-01-01T00:00:00.000Z');
const LAST_MS = Date.parse('9999-12-31T23:59:59.999Z');

/** An instant of a record, which is one; a stream has many. */
function toTimestamp(instant: string): Timestamp {
  return timestampFromMs(Date.parse(instant));
}

/** An instant that somebody gave. @throws DomainError `validation` for a text that is none */
export function toCheckedTimestamp(instant: string, path: string): Timestamp {
  const utc = parseInstant(instant);
  if (utc) return toTimestamp(utc);
  throw validation([
    { path, message: 'is not an instant with an offset: write it as 2027-03-01T09:00:00+01:00' },
  ]);
}

/** @throws DomainError `validation` for none, for one that no calendar has, and for parts of a millisecond */
export function fromTimestamp(timestamp: Timestamp | undefined, path: string): string {
  if (!timestamp) throw validation([{ path, message: 'is missing' }]);
  const { nanos } = timestamp;
  if (nanos < 0 || nanos > 999_999_999) {
    throw validation([{ path, message: 'has nanos that are not from 0 to 999,999,999' }]);
  }
  if (nanos % 1_000_000 !== 0) throw validation([{ path, message: 'is not a whole number of milliseconds' }]);
  const milliseconds = timestampMs(timestamp);
  if (milliseconds >= FIRST_MS && milliseconds <= LAST_MS) return new Date(milliseconds).toISOString();
  throw validation([{ path, message: 'is not an instant of the years 1 to 9999' }]);
}

export function toWireSlot({ startsAt, endsAt }: Slot): wire.Slot {
  return create(wire.SlotSchema, {
    startsAt: toTimestamp(startsAt),
    endsAt: toTimestamp(endsAt),
  });
}

export function fromWireSlot({ startsAt, endsAt }: wire.Slot): Slot {
  return { startsAt: fromTimestamp(startsAt, '/startsAt'), endsAt: fromTimestamp(endsAt, '/endsAt') };
}

export function toWireAppointment(appointment: Appointment): wire.Appointment {
  const { startsAt, endsAt, status, ...rest } = appointment;
  return create(wire.AppointmentSchema, {
    ...rest,
    startsAt: toTimestamp(startsAt),
    endsAt: toTimestamp(endsAt),
    status: WIRE_STATUSES[status],
  });
}

export function fromWireAppointment(appointment: wire.Appointment | undefined): Appointment {
  const { id, patientId, doctorId, startsAt, endsAt, status, reason, cancellationReason, version } =
    wanted(appointment);
  return {
    id,
    patientId,
    doctorId,
    startsAt: fromTimestamp(startsAt, '/startsAt'),
    endsAt: fromTimestamp(endsAt, '/endsAt'),
    status: wanted(APPOINTMENT_STATUSES.find((each) => WIRE_STATUSES[each] === status)),
    ...(reason !== undefined && { reason }),
    ...(cancellationReason !== undefined && { cancellationReason }),
    version,
  };
}

type HoursInit = Pick<
  MessageInitShape<typeof wire.PutScheduleRequestSchema>,
  'timeZone' | 'slotMinutes' | 'weekly' | 'exceptions'
>;

/** @throws DomainError `validation` for what the message has no room for */
export function toWireHours({ timeZone, slotMinutes, weekly, exceptions }: ScheduleInput): HoursInit {
  if (!Number.isInteger(slotMinutes) || Math.abs(slotMinutes) > INT32_MAX) {
    throw validation([{ path: '/slotMinutes', message: 'is not a whole number of minutes' }]);
  }
  return {
    timeZone,
    slotMinutes,
    weekly: weekly.map(({ day, from, to }) => ({ day: WIRE_WEEKDAYS[day], from, to })),
    exceptions: exceptions.map(({ date, intervals }) => ({ date, intervals: [...intervals] })),
  };
}

/** @throws DomainError `validation` for hours of no day */
export function fromWireHours(
  message: Pick<wire.Schedule, 'timeZone' | 'slotMinutes' | 'weekly' | 'exceptions'>,
): ScheduleInput {
  return {
    timeZone: message.timeZone,
    slotMinutes: message.slotMinutes,
    weekly: fromWireWeek(message.weekly),
    exceptions: message.exceptions.map(({ date, intervals }) => ({
      date,
      intervals: intervals.map(({ from, to }) => ({ from, to })),
    })),
  };
}

function fromWireWeek(rows: readonly wire.WeeklyHours[]): WeeklyHours[] {
  const problems: FieldProblem[] = [];
  const weekly = rows.flatMap(({ day: named, from, to }, at) => {
    const day = WEEKDAYS.find((each) => WIRE_WEEKDAYS[each] === named);
    if (day) return [{ day, from, to }];
    problems.push({ path: `/weekly/${at}/day`, message: 'is not a day of the week' });
    return [];
  });
  if (problems.length > 0) throw validation(problems);
  return weekly;
}

export function toWireSchedule({ doctorId, version, updatedAt, ...hours }: Schedule): wire.Schedule {
  const changed = toTimestamp(updatedAt);
  return create(wire.ScheduleSchema, { ...toWireHours(hours), doctorId, version, updatedAt: changed });
}

export function fromWireSchedule(schedule: wire.Schedule | undefined): Schedule {
  const message = wanted(schedule);
  const { doctorId, version } = message;
  const updatedAt = fromTimestamp(message.updatedAt, '/updatedAt');
  return { doctorId, ...fromWireHours(message), version, updatedAt };
}

/** A version that the message has no room for is one that nothing has. */
export function toWireVersions(versions: readonly number[]) {
  return { versions: versions.filter((each) => Number.isInteger(each) && Math.abs(each) <= INT32_MAX) };
}

export function toWireEvent(event: DayEvent): wire.StreamDailyAppointmentsResponse {
  return create(wire.StreamDailyAppointmentsResponseSchema, { event: eventCaseOf(event) });
}

type EventInit = MessageInitShape<typeof wire.StreamDailyAppointmentsResponseSchema>['event'];

function eventCaseOf(event: DayEvent): NonNullable<EventInit> {
  switch (event.kind) {
    case 'reset':
      return { case: 'reset', value: {} };
    case 'live':
      return { case: 'live', value: { position: event.position } };
    case 'removed':
      return { case: 'removed', value: { appointmentId: event.appointmentId, position: event.position } };
    case 'appointment': {
      const appointment = toWireAppointment(event.appointment);
      return { case: 'appointment', value: { appointment, position: event.position } };
    }
  }
}

/** Undefined for an event of a later version of the service. */
export function fromWireEvent({ event }: wire.StreamDailyAppointmentsResponse): DayEvent | undefined {
  switch (event.case) {
    case 'reset':
      return { kind: 'reset' };
    case 'live':
      return { kind: 'live', position: event.value.position };
    case 'removed':
      return { kind: 'removed', appointmentId: event.value.appointmentId, position: event.value.position };
    case 'appointment': {
      const appointment = fromWireAppointment(event.value.appointment);
      return { kind: 'appointment', appointment, position: event.value.position };
    }
    default:
      return undefined;
  }
}

/** What the .proto file says is always there. */
function wanted<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the schedule service answered without what it has to answer');
  return value;
}
