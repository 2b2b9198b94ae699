import type { Sql } from '@medcenter/stage-05-events/repository';
import { conflict, isUuid, type Schedule } from '../domain/index.ts';

/** The schedules of doctors. Over `storage.sql` it reads; over `tx.sql` it writes, too. */
export interface ScheduleTable {
  find(doctorId: string): Promise<Schedule | undefined>;
  /** @throws DomainError `conflict` unless the stored version is `schedule.version - 1`, or there is none and it is the first */
  put(schedule: Schedule): Promise<void>;
}

interface ScheduleRow {
  readonly doctor_id: string;
  readonly time_zone: string;
  readonly slot_minutes: number;
  readonly weekly: string;
  readonly exceptions: string;
  readonly version: number;
  readonly updated_at: string;
}

const COLUMNS = 'doctor_id, time_zone, slot_minutes, weekly, exceptions, version, updated_at';

export function sqlSchedules(sql: Sql): ScheduleTable {
  return {
    async find(doctorId) {
      if (!isUuid(doctorId)) return undefined;
      const text = `SELECT ${COLUMNS} FROM schedules WHERE doctor_id = $1`;
      return (await sql.query<ScheduleRow>(text, doctorId)).map(rowToSchedule)[0];
    },
    async put(schedule) {
      const put = await sql.query(
        `INSERT INTO schedules (${COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (doctor_id) DO UPDATE SET (${COLUMNS}) = ($1, $2, $3, $4, $5, $6, $7)
           WHERE schedules.version = $6 - 1
         RETURNING doctor_id`,
        ...scheduleToValues(schedule),
      );
      if (put.length === 0) throw conflict('the schedule was changed meanwhile: read it again');
    },
  };
}

function rowToSchedule(row: ScheduleRow): Schedule {
  return {
    doctorId: row.doctor_id,
    timeZone: row.time_zone,
    slotMinutes: row.slot_minutes,
    weekly: JSON.parse(row.weekly),
    exceptions: JSON.parse(row.exceptions),
    version: row.version,
    updatedAt: row.updated_at,
  };
}

/** In the order of COLUMNS. */
function scheduleToValues(schedule: Schedule): unknown[] {
  const { doctorId, timeZone, slotMinutes, weekly, exceptions, version, updatedAt } = schedule;
  const hours = [JSON.stringify(weekly), JSON.stringify(exceptions)];
  return [doctorId, timeZone, slotMinutes, ...hours, version, updatedAt];
}
