import type { Appointment, Schedule, ScheduleInput, Slot } from '../domain/index.ts';
import type { ExpectedVersions } from '@medcenter/stage-05-events/service';

export interface SlotQuery {
  readonly doctorId: string;
  /** Calendar dates in the doctor's time zone, both included, 31 days at the most. */
  readonly from: string;
  readonly to: string;
}

export interface SlotBooking {
  readonly doctorId: string;
  readonly patientId: string;
  /** An instant in UTC. */
  readonly startsAt: string;
  /** Unset: the end of the slot that begins then. A doctor without a schedule has no slots, and wants it. */
  readonly endsAt?: string;
  readonly reason?: string;
}

export interface DayQuery {
  readonly doctorId: string;
  /** A calendar date in the doctor's time zone, or in UTC for a doctor without a schedule. */
  readonly date: string;
  /** Go on with each change, until the caller leaves. */
  readonly watch: boolean;
  /** The position of the last event that the caller has: go on behind it where that is still known. */
  readonly after?: string;
}

/** What happens on a day of a doctor. */
export type DayEvent =
  /** All that the caller knew is to be forgotten: what follows is the whole day. */
  | { readonly kind: 'reset' }
  /** The appointment as it is now; the first telling of it, or a newer one. */
  | { readonly kind: 'appointment'; readonly appointment: Appointment; readonly position: string }
  /** It was moved to another day. */
  | { readonly kind: 'removed'; readonly appointmentId: string; readonly position: string }
  /** From here on: changes. */
  | { readonly kind: 'live'; readonly position: string };

export interface CallOptions {
  /** Aborts when the caller has left or their time is over. */
  readonly signal?: AbortSignal;
}

/** Schedules, free slots and bookings of doctors. Another process may be behind it: each call may be `unavailable`. */
export interface ScheduleService {
  /** @throws DomainError `not_found` for an unknown doctor, and for one without a schedule */
  getSchedule(doctorId: string, options?: CallOptions): Promise<Schedule>;
  /** @throws DomainError `not_found`, `validation`, `precondition_failed` */
  putSchedule(
    doctorId: string,
    input: ScheduleInput,
    options?: CallOptions & { readonly expected?: ExpectedVersions | undefined },
  ): Promise<Schedule>;
  /**
   * What is free and still to come, in order; none for a doctor without a schedule.
   * @throws DomainError `not_found` for an unknown doctor; `validation`
   */
  availableSlots(query: SlotQuery, options?: CallOptions): Promise<Slot[]>;
  /** @throws DomainError `validation`; `conflict` when the time is taken, or is no free slot of the doctor's schedule */
  bookSlot(
    booking: SlotBooking,
    options?: CallOptions & { readonly idempotencyKey?: string | undefined },
  ): Promise<Appointment>;
  /** The day as it is, then its changes: none is left out, and none told twice. @throws DomainError `not_found`, `validation` */
  watchDay(query: DayQuery, options?: CallOptions): AsyncIterable<DayEvent>;
}
