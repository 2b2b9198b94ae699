import type { AppointmentRegistry } from '@medcenter/stage-05-events/service';
import { type Clock, parseInstant, timeProblems, validation } from '../domain/index.ts';
import type { ScheduleService } from './schedule-service.ts';

/** The registry, which has bookings done by the schedule service, wherever that is. Whoever books by it does not know. */
export function withRemoteBooking(
  registry: AppointmentRegistry,
  schedules: Pick<ScheduleService, 'bookSlot'>,
  clock: Clock,
): AppointmentRegistry {
  return {
    ...registry,
    async book(input, { idempotencyKey } = {}) {
      const [startsAt, endsAt] = [parseInstant(input.startsAt), parseInstant(input.endsAt)];
      // On the wire there are instants alone: what is none cannot be sent there to be refused.
      if (!startsAt || !endsAt) throw validation(timeProblems(input, clock));
      return schedules.bookSlot({ ...input, startsAt, endsAt }, { idempotencyKey });
    },
  };
}
