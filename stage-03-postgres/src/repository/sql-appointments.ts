import { type Appointment, type AppointmentStatus, conflict, isUuid } from '../domain/index.ts';
import type { AppointmentPageQuery, ClinicTransaction } from './clinic-storage.ts';
import { createBinder, type Sql, where } from './sql.ts';

interface AppointmentRow {
  readonly id: string;
  readonly patient_id: string;
  readonly doctor_id: string;
  readonly starts_at: string;
  readonly ends_at: string;
  readonly status: AppointmentStatus;
  readonly reason: string | null;
  readonly cancellation_reason: string | null;
  readonly version: number;
}

const COLUMNS = 'id, patient_id, doctor_id, starts_at, ends_at, status, reason, cancellation_reason, version';

export function sqlAppointments(sql: Sql): ClinicTransaction['appointments'] {
  return {
    async find(id) {
      if (!isUuid(id)) return undefined;
      const text = `SELECT ${COLUMNS} FROM appointments WHERE id = $1 ${sql.dialect.forUpdate}`;
      return (await sql.query<AppointmentRow>(text, id)).map(rowToAppointment)[0];
    },
    list: async (query) => (await listRows(sql, query)).map(rowToAppointment),
    async insert(appointment) {
      await lockTimes(sql, appointment);
      const inserted = await sql.query(
        `INSERT INTO appointments (${COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         ON CONFLICT (id) DO NOTHING RETURNING id`,
        ...appointmentToValues(appointment),
      );
      if (inserted.length === 0) throw conflict('there is an appointment with this id already');
    },
    async update(appointment) {
      await lockTimes(sql, appointment);
      const updated = await sql.query(
        `UPDATE appointments SET (${COLUMNS}) = ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         WHERE id = $1 AND version = $9 - 1 RETURNING id`,
        ...appointmentToValues(appointment),
      );
      if (updated.length === 0) throw conflict('the appointment was changed meanwhile: read it again');
    },
  };
}

/**
 * Those who want the time of one doctor, or of one patient, take turns. The constraint would sort them out by itself,
 * but each pair of inserts that wait for each other is a deadlock, which PostgreSQL needs a second to see.
 */
async function lockTimes(sql: Sql, { doctorId, patientId }: Appointment): Promise<void> {
  await sql.lock(doctorId, patientId);
}

function listRows(sql: Sql, query: AppointmentPageQuery): Promise<AppointmentRow[]> | AppointmentRow[] {
  const { patientId, doctorId, status, from, to, after, limit } = query;
  if ([patientId, doctorId, after?.id].some((id) => id !== undefined && !isUuid(id))) return [];
  const { values, bind } = createBinder();
  const conditions: string[] = [];
  if (doctorId !== undefined) conditions.push(`doctor_id = ${bind(doctorId)}`);
  if (patientId !== undefined) conditions.push(`patient_id = ${bind(patientId)}`);
  if (status !== undefined) conditions.push(`status = ${bind(status)}`);
  if (from !== undefined) conditions.push(`starts_at >= ${bind(from)}`);
  if (to !== undefined) conditions.push(`starts_at < ${bind(to)}`);
  if (after) conditions.push(`(starts_at, id) > (${bind(after.startsAt)}, ${bind(after.id)})`);
  const cut = limit === undefined ? '' : `LIMIT ${bind(limit)}`;
  return sql.query<AppointmentRow>(
    `SELECT ${COLUMNS} FROM appointments ${where(conditions)} ORDER BY starts_at, id ${cut}`,
    ...values,
  );
}

function rowToAppointment(row: AppointmentRow): Appointment {
  return {
    id: row.id,
    patientId: row.patient_id,
    doctorId: row.doctor_id,
    startsAt: row.starts_at,
    endsAt: row.ends_at,
    status: row.status,
    ...(row.reason !== null && { reason: row.reason }),
    ...(row.cancellation_reason !== null && { cancellationReason: row.cancellation_reason }),
    version: row.version,
  };
}

/** In the order of COLUMNS. */
function appointmentToValues(appointment: Appointment): unknown[] {
  const { id, patientId, doctorId, startsAt, endsAt, status, reason, cancellationReason, version } =
    appointment;
  return [
    id,
    patientId,
    doctorId,
    startsAt,
    endsAt,
    status,
    reason ?? null,
    cancellationReason ?? null,
    version,
  ];
}
