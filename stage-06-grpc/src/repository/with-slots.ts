import type { ClinicStorage, ClinicTransaction } from '@medcenter/stage-05-events/repository';
import { type Appointment, conflict, isLive, slotAt, type TimeZones } from '../domain/index.ts';
import { sqlSchedules } from './sql-schedules.ts';

/**
 * The storage, which refuses an appointment of a doctor with a schedule whose time is not exactly one of the schedule's
 * slots. Whether the slot is free is for the database to judge. An appointment that keeps its time is not asked again,
 * so those that were there before the schedule can be cancelled, and go on; nor is one that takes up no time.
 */
export function withSlots(
  storage: ClinicStorage,
  { zones }: { readonly zones: Pick<TimeZones, 'segments'> },
): ClinicStorage {
  return { ...storage, transaction: (work) => storage.transaction((tx) => work(bySlots(tx, zones))) };
}

function bySlots(tx: ClinicTransaction, zones: Pick<TimeZones, 'segments'>): ClinicTransaction {
  const { appointments } = tx;
  return {
    ...tx,
    appointments: {
      ...appointments,
      async insert(appointment) {
        if (isLive(appointment)) await refuseOtherTimes(tx, appointment, zones);
        await appointments.insert(appointment);
      },
      async update(appointment) {
        const before = await appointments.find(appointment.id);
        const isMoved = before?.startsAt !== appointment.startsAt || before.endsAt !== appointment.endsAt;
        if (isMoved && isLive(appointment)) await refuseOtherTimes(tx, appointment, zones);
        await appointments.update(appointment);
      },
    },
  };
}

/** @throws DomainError `conflict` */
async function refuseOtherTimes(
  tx: ClinicTransaction,
  { doctorId, patientId, startsAt, endsAt }: Appointment,
  zones: Pick<TimeZones, 'segments'>,
): Promise<void> {
  // Who changes the schedule locks the doctor, too: so this one stands until the appointment is there. A lock on the
  // schedule's row would not do, for a doctor's first schedule has none yet. And both keys at once, as the insert takes
  // them: one after the other could be the wrong order.
  await tx.sql.lock(doctorId, patientId);
  const schedule = await sqlSchedules(tx.sql).find(doctorId);
  if (!schedule || slotAt(schedule, startsAt, zones)?.endsAt === endsAt) return;
  throw conflict('the doctor is booked by slots: take one of those that are free', [
    { path: '/startsAt', message: 'does not begin a slot that ends at endsAt' },
  ]);
}
