import type { AppointmentRegistry, ClinicDeps } from '@medcenter/stage-05-events/service';
import {
  conflict,
  oldestKeptKey,
  parseInstant,
  slotAt,
  type TimeZones,
  timeProblems,
  validation,
} from '../domain/index.ts';
import type { ScheduleTable } from '../repository/index.ts';
import type { ScheduleService, SlotBooking } from './schedule-service.ts';

export interface SlotBookingDeps extends Pick<ClinicDeps, 'storage' | 'clock'> {
  readonly appointments: Pick<AppointmentRegistry, 'book'>;
  readonly schedules: Pick<ScheduleTable, 'find'>;
  readonly zones: Pick<TimeZones, 'segments'>;
}

/** As the header of HTTP has it. A longer one, or a NUL, not every database takes. */
const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/;

/**
 * Books a slot, of which the caller need know no more than its beginning. The end is part of the request that an
 * idempotency key stands for, and the schedule may have changed when the same request comes again: so if
 * it cannot be booked as it is, and the key has an answer, the end is the answer's.
 */
export function createSlotBooking(deps: SlotBookingDeps): ScheduleService['bookSlot'] {
  const { storage, clock, appointments } = deps;

  const keptEnd = (key: string | undefined): Promise<string | undefined> | undefined =>
    key === undefined
      ? undefined
      : storage.transaction(async (tx) => {
          const kept = await tx.idempotencyKeys.find(key);
          return kept && kept.createdAt >= oldestKeptKey(clock.now()) ? kept.answer.endsAt : undefined;
        });

  return async ({ endsAt, ...booking }, { signal, idempotencyKey } = {}) => {
    signal?.throwIfAborted();
    if (idempotencyKey !== undefined && !IDEMPOTENCY_KEY.test(idempotencyKey)) {
      const message = 'is not 1 to 255 characters of ASCII without spaces, such as a UUID';
      throw validation([{ path: '/idempotencyKey', message }]);
    }
    const book = (end: string) => appointments.book({ ...booking, endsAt: end }, { idempotencyKey });
    if (endsAt !== undefined) return book(endsAt);
    try {
      return await book(await endOfSlot(booking, deps));
    } catch (error) {
      // The same request may have been answered before, by a schedule that was another.
      const end = await keptEnd(idempotencyKey);
      if (end === undefined) throw error;
      return book(end);
    }
  };
}

/** @throws DomainError `validation`, `conflict` */
async function endOfSlot(
  { doctorId, startsAt }: SlotBooking,
  { storage, schedules, zones, clock }: SlotBookingDeps,
): Promise<string> {
  const start = parseInstant(startsAt);
  // Of the two times only the beginning is given: what is said of the other one is not for the caller.
  const problems = timeProblems({ startsAt, endsAt: startsAt }, clock);
  const ofStart = problems.filter(({ path }) => path === '/startsAt');
  if (!start || ofStart.length > 0) throw validation(ofStart);
  if (!(await storage.doctors.find(doctorId))) {
    throw validation([{ path: '/doctorId', message: 'is the id of no doctor: see /doctors' }]);
  }
  const schedule = await schedules.find(doctorId);
  if (!schedule) {
    const message = 'is missing: the doctor has no schedule that would tell it';
    throw validation([{ path: '/endsAt', message }]);
  }
  const slot = slotAt(schedule, start, zones);
  if (slot) return slot.endsAt;
  throw conflict('no slot of the doctor begins then: take one of those that are free', [
    { path: '/startsAt', message: 'begins no slot' },
  ]);
}
