import { create } from '@bufbuild/protobuf';
import type { CallOptions, ScheduleService, SlotBooking } from '../../service/index.ts';
import * as wire from './generated/medcenter/schedule/v1/schedule_pb.ts';
import {
  fromTimestamp,
  fromWireHours,
  toWireAppointment,
  toWireEvent,
  toWireSchedule,
  toWireSlot,
} from './wire.ts';

export type ScheduleHandlers = ReturnType<typeof createScheduleHandlers>;

/** The service over messages: what both doors serve. It throws the domain's errors; a door puts them in its own words. */
export function createScheduleHandlers(service: ScheduleService) {
  return {
    async getSchedule({ doctorId }: wire.GetScheduleRequest, { signal }: CallOptions) {
      const schedule = await service.getSchedule(doctorId, withSignal(signal));
      return create(wire.GetScheduleResponseSchema, { schedule: toWireSchedule(schedule) });
    },

    async putSchedule(request: wire.PutScheduleRequest, { signal }: CallOptions) {
      const expected = request.expected?.versions;
      const options = { ...withSignal(signal), expected };
      const schedule = await service.putSchedule(request.doctorId, fromWireHours(request), options);
      return create(wire.PutScheduleResponseSchema, { schedule: toWireSchedule(schedule) });
    },

    async getAvailableSlots(request: wire.GetAvailableSlotsRequest, { signal }: CallOptions) {
      const { doctorId, fromDate: from, toDate: to } = request;
      const slots = await service.availableSlots({ doctorId, from, to }, withSignal(signal));
      return create(wire.GetAvailableSlotsResponseSchema, { slots: slots.map(toWireSlot) });
    },

    async bookSlot(request: wire.BookSlotRequest, { signal }: CallOptions) {
      const { idempotencyKey } = request;
      const options = { ...withSignal(signal), idempotencyKey };
      const appointment = await service.bookSlot(bookingOf(request), options);
      return create(wire.BookSlotResponseSchema, { appointment: toWireAppointment(appointment) });
    },

    async *streamDailyAppointments(
      { doctorId, date, watch, resumeAfter }: wire.StreamDailyAppointmentsRequest,
      { signal }: CallOptions,
    ) {
      const query = { doctorId, date, watch, ...(resumeAfter !== undefined && { after: resumeAfter }) };
      for await (const event of service.watchDay(query, withSignal(signal))) yield toWireEvent(event);
    },
  };
}

function bookingOf({ doctorId, patientId, startsAt, endsAt, reason }: wire.BookSlotRequest): SlotBooking {
  return {
    doctorId,
    patientId,
    startsAt: fromTimestamp(startsAt, '/startsAt'),
    ...(endsAt && { endsAt: fromTimestamp(endsAt, '/endsAt') }),
    ...(reason !== undefined && { reason }),
  };
}

function withSignal(signal: AbortSignal | undefined): CallOptions {
  return signal ? { signal } : {};
}
