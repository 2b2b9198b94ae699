import type { Sql } from '@medcenter/stage-04-redis/repository';
import type { Reminder } from '../domain/index.ts';

interface ReminderRow {
  readonly appointment_id: string;
  readonly version: number;
  readonly patient_id: string;
  readonly doctor_id: string;
  readonly starts_at: string;
  readonly due_at: string;
}

interface LastRow {
  readonly version: number;
  readonly starts_at: string;
  readonly status: 'due' | 'sent' | 'dropped';
  readonly sent_at: string | null;
}

const COLUMNS = 'appointment_id, version, patient_id, doctor_id, starts_at, due_at';

export interface ClaimRequest {
  readonly now: Date;
  /** After this time another one may take it: whoever claimed it has died over it. */
  readonly forMs: number;
  readonly limit: number;
}

/** Over `tx.sql`. */
export interface Reminders {
  /**
   * Notes the reminder of an appointment, in the place of an older one that was not sent; or that there is none any
   * more. Nothing happens when something newer of this appointment is known. One that tells the same time as the last
   * one that was sent counts as sent.
   */
  put(reminder: Reminder, status: 'due' | 'dropped'): Promise<void>;
  /** Some that are due, which nobody else has. */
  claim(request: ClaimRequest): Promise<Reminder[]>;
  end(reminder: Reminder, status: 'sent' | 'dropped', now: Date): Promise<void>;
}

export function sqlReminders(sql: Sql): Reminders {
  return {
    async put({ appointmentId, version, patientId, doctorId, startsAt, dueAt }, status) {
      await sql.lock(`reminders of ${appointmentId}`); // Two topics may tell of it at once.
      const [last] = await sql.query<LastRow>(
        `SELECT version, starts_at, status, sent_at FROM reminders WHERE appointment_id = $1
         ORDER BY version DESC LIMIT 1`,
        appointmentId,
      );
      if (last && last.version >= version) return;
      const isTold = status === 'due' && last?.status === 'sent' && last.starts_at === startsAt;
      await sql.query(
        "UPDATE reminders SET status = 'dropped' WHERE appointment_id = $1 AND status = 'due'",
        appointmentId,
      );
      await sql.query(
        `INSERT INTO reminders (${COLUMNS}, status, sent_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
        ...[appointmentId, version, patientId, doctorId, startsAt, dueAt],
        ...(isTold ? ['sent', last.sent_at] : [status, null]),
      );
    },
    async claim({ now, forMs, limit }) {
      const free = "status = 'due' AND due_at <= $1 AND (claimed_until IS NULL OR claimed_until < $1)";
      const skip = sql.dialect.name === 'PostgreSQL' ? 'FOR UPDATE SKIP LOCKED' : '';
      const rows = await sql.query<ReminderRow>(
        `UPDATE reminders SET claimed_until = $2
         WHERE (appointment_id, version) IN
           (SELECT appointment_id, version FROM reminders WHERE ${free} ORDER BY due_at LIMIT $3 ${skip})
         RETURNING ${COLUMNS}`,
        ...[now.toISOString(), new Date(now.getTime() + forMs).toISOString(), limit],
      );
      return rows.map(rowToReminder);
    },
    async end({ appointmentId, version }, status, now) {
      await sql.query(
        "UPDATE reminders SET status = $3, sent_at = $4 WHERE appointment_id = $1 AND version = $2 AND status = 'due'",
        ...[appointmentId, version, status, status === 'sent' ? now.toISOString() : null],
      );
    },
  };
}

function rowToReminder(row: ReminderRow): Reminder {
  return {
    appointmentId: row.appointment_id,
    version: row.version,
    patientId: row.patient_id,
    doctorId: row.doctor_id,
    startsAt: row.starts_at,
    dueAt: row.due_at,
  };
}
