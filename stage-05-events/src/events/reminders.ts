import {
  type AppointmentEvent,
  type Clock,
  isStillTrue,
  type Reminder,
  reminderOf,
} from '../domain/index.ts';
import { type ClinicStorage, sqlInbox, sqlReminders } from '../repository/index.ts';
import type { Notifier } from './notifier.ts';
import { startWorker, type Worker } from './repeat-until-stopped.ts';

export const REMINDERS_GROUP = 'medcenter.reminders';

export interface ReminderDeps {
  readonly storage: ClinicStorage;
  readonly clock: Clock;
}

/** Notes when to remind of the appointment, or that it is not to be reminded of any more. */
export function scheduleReminder({ storage, clock, leadHours }: ReminderDeps & { leadHours: number }) {
  return ({ id, data }: AppointmentEvent): Promise<void> =>
    storage.transaction(async (tx) => {
      if (!(await sqlInbox(tx.sql).isNew(REMINDERS_GROUP, id, clock.now()))) return;
      const status = data.status === 'booked' ? 'due' : 'dropped';
      await sqlReminders(tx.sql).put(reminderOf(data, leadHours), status);
    });
}

export interface SenderDeps extends ReminderDeps {
  readonly notifier: Notifier;
  onTrouble(error: unknown): void;
}

const AT_ONCE = 20;
const LOOK_MS = 1_000;
/** Longer than sending takes. A reminder whose sender died is sent by another one after this time. */
const CLAIM_MS = 60_000;

/**
 * Sends what is due. A reminder is claimed, then sent, then marked as sent: who dies in between has sent it, and it is
 * sent again, under the same message id. At least once: nobody can promise more to a system that they do not own.
 */
export function startReminderSender({ storage, clock, notifier, onTrouble }: SenderDeps): Worker {
  const send = async (reminder: Reminder): Promise<void> => {
    // The event that would have stopped it may still be on its way.
    const appointment = await storage.appointments.find(reminder.appointmentId);
    const isTrue = isStillTrue(reminder, appointment, clock.now());
    if (isTrue) await notifier.send(reminder);
    await storage.transaction((tx) =>
      sqlReminders(tx.sql).end(reminder, isTrue ? 'sent' : 'dropped', clock.now()),
    );
  };
  const work = async (): Promise<boolean> => {
    const claim = { now: clock.now(), forMs: CLAIM_MS, limit: AT_ONCE };
    const due = await storage.transaction((tx) => sqlReminders(tx.sql).claim(claim));
    // All at once, so that none outlives its claim. One that cannot be sent is tried again when the claim is over.
    await Promise.all(due.map((reminder) => send(reminder).catch(onTrouble)));
    return due.length === AT_ONCE;
  };
  return startWorker({ work, everyMs: LOOK_MS, onTrouble });
}
