import { createBinder, type Sql, where } from '@medcenter/stage-03-postgres/repository';
import { type AuditAction, type AuditEntry, type AuditOutcome, isUuid } from '../domain/index.ts';

/** All conditions hold at once. */
export interface AuditQuery {
  readonly patientId?: string;
  readonly username?: string;
  /** Only entries before this one, in time. */
  readonly before?: string;
  readonly limit: number;
}

/** Over `storage.sql` it reads; over `tx.sql` it writes, too. */
export interface Audit {
  /** The newest first. */
  list(query: AuditQuery): Promise<AuditEntry[]>;
  insert(entries: readonly AuditEntry[]): Promise<void>;
}

interface AuditRow {
  readonly id: string;
  readonly recorded_at: string;
  readonly username: string | null;
  readonly request_id: string;
  readonly action: AuditAction;
  readonly resource: string;
  readonly patient_id: string | null;
  readonly outcome: AuditOutcome;
}

const COLUMNS = 'id, recorded_at, username, request_id, action, resource, patient_id, outcome';
/** A statement has room for some ten thousand values. */
const MOST_AT_ONCE = 500;

export function sqlAudit(sql: Sql): Audit {
  return {
    async list({ patientId, username, before, limit }) {
      if ([patientId, before].some((id) => id !== undefined && !isUuid(id))) return [];
      if (username?.includes('\0')) return []; // PostgreSQL takes no text with one.
      const { values, bind } = createBinder();
      const conditions: string[] = [];
      if (patientId !== undefined) conditions.push(`patient_id = ${bind(patientId)}`);
      if (username !== undefined) conditions.push(`username = ${bind(username)}`);
      if (before !== undefined) conditions.push(`id < ${bind(before)}`);
      const rows = await sql.query<AuditRow>(
        `SELECT ${COLUMNS} FROM audit ${where(conditions)} ORDER BY id DESC LIMIT ${bind(limit)}`,
        ...values,
      );
      return rows.map(rowToEntry);
    },
    async insert(entries) {
      for (let start = 0; start < entries.length; start += MOST_AT_ONCE) {
        const { values, bind } = createBinder();
        const rows = entries
          .slice(start, start + MOST_AT_ONCE)
          .map((entry) => `(${entryToValues(entry).map(bind).join(', ')})`);
        await sql.query(`INSERT INTO audit (${COLUMNS}) VALUES ${rows.join(', ')}`, ...values);
      }
    },
  };
}

function rowToEntry(row: AuditRow): AuditEntry {
  return {
    id: row.id,
    recordedAt: row.recorded_at,
    ...(row.username !== null && { username: row.username }),
    requestId: row.request_id,
    action: row.action,
    resource: row.resource,
    ...(row.patient_id !== null && { patientId: row.patient_id }),
    outcome: row.outcome,
  };
}

/** In the order of COLUMNS. */
function entryToValues(entry: AuditEntry): unknown[] {
  const { id, recordedAt, username, requestId, action, resource, patientId, outcome } = entry;
  return [id, recordedAt, username ?? null, requestId, action, resource, patientId ?? null, outcome];
}
