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
  if (!start) throw validation(timeProblems({ startsAt, endsAt: clock.now().toISOString() }, clock));
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
  throw conflict(`no slot of the doctor begins then: take one of GET /api/v1/doctors/${doctorId}/slots`, [
    { path: '/startsAt', message: 'begins no slot' },
  ]);
}
