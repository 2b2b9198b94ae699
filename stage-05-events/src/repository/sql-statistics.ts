import { createBinder, type Sql, where } from '@medcenter/stage-04-redis/repository';
import { type Appointment, type DayStatistics, isUuid, type StatisticsQuery } from '../domain/index.ts';

/** What the events have told, to be counted. Over `storage.sql` it reads; over `tx.sql` it writes, too. */
export interface StatisticsTable {
  /**
   * Keeps what each is now, if nothing newer of it is known: neither order nor number of tellings matters. No two of
   * them may be the same appointment.
   */
  put(appointments: readonly Appointment[], now: Date): Promise<void>;
  /** Forgets what was put before this instant. */
  clear(before: Date): Promise<void>;
  /** By date, then by doctor. */
  list(query: StatisticsQuery): Promise<DayStatistics[]>;
}

const COLUMNS = 'appointment_id, version, doctor_id, date, status, counted_at';

export function sqlStatistics(sql: Sql): StatisticsTable {
  return {
    async put(appointments, now) {
      if (appointments.length === 0) return;
      const { values, bind } = createBinder();
      const rows = appointments.map(({ id, version, doctorId, startsAt, status }) => {
        const kept = status === 'cancelled' ? status : 'booked';
        return `(${[id, version, doctorId, startsAt.slice(0, 10), kept, now.toISOString()].map(bind).join(', ')})`;
      });
      await sql.query(
        `INSERT INTO appointment_facts (${COLUMNS}) VALUES ${rows.join(', ')}
         ON CONFLICT (appointment_id) DO UPDATE SET (${COLUMNS}) =
           (excluded.appointment_id, excluded.version, excluded.doctor_id, excluded.date, excluded.status, excluded.counted_at)
           WHERE appointment_facts.version < excluded.version`,
        ...values,
      );
    },
    async clear(before) {
      await sql.query('DELETE FROM appointment_facts WHERE counted_at < $1', before.toISOString());
    },
    async list({ from, to, doctorId }) {
      if (doctorId !== undefined && !isUuid(doctorId)) return [];
      const { values, bind } = createBinder();
      const conditions: string[] = [];
      if (from !== undefined) conditions.push(`date >= ${bind(from)}`);
      if (to !== undefined) conditions.push(`date <= ${bind(to)}`);
      if (doctorId !== undefined) conditions.push(`doctor_id = ${bind(doctorId)}`);
      const rows = await sql.query<StatisticsRow>(
        `SELECT date, doctor_id, count(*) AS booked, count(CASE status WHEN 'cancelled' THEN 1 END) AS cancelled
         FROM appointment_facts ${where(conditions)} GROUP BY date, doctor_id ORDER BY date, doctor_id`,
        ...values,
      );
      return rows.map(rowToStatistics);
    },
  };
}

interface StatisticsRow {
  readonly date: string;
  readonly doctor_id: string;
  /** PostgreSQL counts beyond what a number can hold, and answers text. */
  readonly booked: number | string;
  readonly cancelled: number | string;
}

function rowToStatistics({ date, doctor_id, booked, cancelled }: StatisticsRow): DayStatistics {
  return { date, doctorId: doctor_id, booked: Number(booked), cancelled: Number(cancelled) };
}
