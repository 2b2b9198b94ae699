import type { ScheduleService } from '../../service/index.ts';
import * as wire from './generated/medcenter/schedule/v1/schedule_pb.ts';
import { type ChannelConfig, openChannel } from './open-channel.ts';
import {
  fromWireAppointment,
  fromWireEvent,
  fromWireSchedule,
  fromWireSlot,
  toCheckedTimestamp,
  toWireHours,
  toWireVersions,
} from './wire.ts';

export interface ScheduleClient extends ScheduleService {
  /** Cancels the calls in flight. */
  close(): void;
}

/**
 * The schedule service in another process, as if it were in this one: its refusals arrive as they were thrown. It
 * connects at the first call, and again after each failure; when nothing answers in time, a call is `unavailable`.
 */
export function openScheduleClient(config: ChannelConfig): ScheduleClient {
  const channel = openChannel(config);
  const { method } = wire.ScheduleService;
  return {
    async getSchedule(doctorId, options) {
      const answer = await channel.call(method.getSchedule, { doctorId }, options);
      return fromWireSchedule(answer.schedule);
    },

    async putSchedule(doctorId, input, options) {
      const expected = options?.expected && { expected: toWireVersions(options.expected) };
      const request = { doctorId, ...toWireHours(input), ...expected };
      const answer = await channel.call(method.putSchedule, request, options);
      return fromWireSchedule(answer.schedule);
    },

    async availableSlots({ doctorId, from, to }, options) {
      const request = { doctorId, fromDate: from, toDate: to };
      const { slots } = await channel.call(method.getAvailableSlots, request, options);
      return slots.map(fromWireSlot);
    },

    async bookSlot({ startsAt, endsAt, ...booking }, options) {
      const { idempotencyKey } = options ?? {};
      const request = {
        ...booking,
        startsAt: toCheckedTimestamp(startsAt, '/startsAt'),
        ...(endsAt !== undefined && { endsAt: toCheckedTimestamp(endsAt, '/endsAt') }),
        ...(idempotencyKey !== undefined && { idempotencyKey }),
      };
      const answer = await channel.call(method.bookSlot, request, options);
      return fromWireAppointment(answer.appointment);
    },

    watchDay({ after, ...query }, options) {
      const request = { ...query, ...(after !== undefined && { resumeAfter: after }) };
      return channel.stream(method.streamDailyAppointments, { request, read: fromWireEvent }, options);
    },

    close: channel.close,
  };
}
