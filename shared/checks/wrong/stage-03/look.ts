import { setTimeout as sleep } from 'node:timers/promises';
import { type AppointmentInput, conflict, isLive, parseInstant } from '@medcenter/stage-03-postgres/domain';
import type { AppointmentRegistry } from '@medcenter/stage-03-postgres/service';

/** Asks whether the time is free, and takes its time with the answer. @throws DomainError `conflict` */
export async function look(appointments: AppointmentRegistry, input: AppointmentInput): Promise<void> {
  const [startsAt = '', endsAt = ''] = [parseInstant(input.startsAt), parseInstant(input.endsAt)];
  for (const field of ['doctorId', 'patientId'] as const) {
    const known = await appointments.list({ [field]: input[field] });
    const taken = known.some((each) => isLive(each) && each.startsAt < endsAt && startsAt < each.endsAt);
    const details = [{ path: `/${field}`, message: 'is booked at that time' }];
    if (taken) throw conflict('somebody is booked at that time', details);
  }
  await sleep(20);
}
