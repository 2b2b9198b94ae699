import type { Sql } from '@medcenter/stage-05-events/repository';
import { isUuid, LONGEST_APPOINTMENT_HOURS, type Slot } from '../domain/index.ts';

/** Instants in UTC, half-open. */
export type InstantRange = Slot;

/** What is asked of a doctor's appointments without reading them whole. Each is one statement. */
export interface AppointmentTimes {
  /** The times that live appointments take up, in order, as far as they reach into the range. */
  taken(doctorId: string, range: InstantRange): Promise<Slot[]>;
  /** Another number than before when something of the doctor's appointments was written since. */
  writes(doctorId: string): Promise<number>;
  /** The versions of the appointments that begin in one of the ranges, by id. */
  versions(doctorId: string, ranges: readonly InstantRange[]): Promise<Map<string, number>>;
}

export function sqlAppointmentTimes(sql: Sql): AppointmentTimes {
  return {
    async taken(doctorId, { startsAt, endsAt }) {
      if (!isUuid(doctorId)) return [];
      // None is longer: the index need not be read from its beginning.
      const earliest = new Date(Date.parse(startsAt) - LONGEST_APPOINTMENT_HOURS * 3_600_000).toISOString();
      const rows = await sql.query<{ starts_at: string; ends_at: string }>(
        `SELECT starts_at, ends_at FROM appointments
         WHERE doctor_id = $1 AND status IN ('booked', 'arrived')
           AND starts_at > $2 AND starts_at < $3 AND ends_at > $4
         ORDER BY starts_at`,
        ...[doctorId, earliest, endsAt, startsAt],
      );
      return rows.map((row) => ({ startsAt: row.starts_at, endsAt: row.ends_at }));
    },
    async writes(doctorId) {
      const [row] = await sql.query<{ count: number | string }>(
        'SELECT count FROM appointment_writes WHERE doctor_id = $1',
        doctorId,
      );
      // PostgreSQL counts beyond what a number can hold, and answers text.
      return Number(row?.count ?? 0);
    },
    async versions(doctorId, ranges) {
      if (ranges.length === 0) return new Map();
      const within = ranges.map((_, n) => `(starts_at >= $${2 * n + 2} AND starts_at < $${2 * n + 3})`);
      // As one text: a hundred thousand rows, each an object for the moment, would be ten times as much to hold.
      const [row] = await sql.query<{ versions: string | null }>(
        `SELECT string_agg(CAST(id AS text) || ' ' || CAST(version AS text), ',') AS versions
         FROM appointments WHERE doctor_id = $1 AND (${within.join(' OR ')})`,
        ...[doctorId, ...ranges.flatMap(({ startsAt, endsAt }) => [startsAt, endsAt])],
      );
      const versions = new Map<string, number>();
      for (const [, id = '', version] of (row?.versions ?? '').matchAll(/([^ ,]+) (\d+)/g)) {
        versions.set(id, Number(version));
      }
      return versions;
    },
  };
}
