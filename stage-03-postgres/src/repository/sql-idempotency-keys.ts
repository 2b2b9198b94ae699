import type { IdempotencyKeys } from './clinic-storage.ts';
import type { Sql } from './sql.ts';

interface KeyRow {
  readonly key: string;
  readonly request_hash: string;
  readonly answer: string;
  readonly created_at: string;
}

export function sqlIdempotencyKeys(sql: Sql): IdempotencyKeys {
  return {
    async find(key) {
      const [row] = await sql.query<KeyRow>(
        'SELECT key, request_hash, answer, created_at FROM idempotency_keys WHERE key = $1',
        key,
      );
      if (!row) return undefined;
      return {
        key: row.key,
        requestHash: row.request_hash,
        answer: JSON.parse(row.answer),
        createdAt: row.created_at,
      };
    },
    async put({ key, requestHash, answer, createdAt }) {
      await sql.query(
        `INSERT INTO idempotency_keys (key, patient_id, request_hash, answer, created_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (key) DO UPDATE SET (patient_id, request_hash, answer, created_at) = ($2, $3, $4, $5)`,
        key,
        answer.patientId,
        requestHash,
        JSON.stringify(answer),
        createdAt,
      );
    },
    async sweep(before) {
      await sql.query('DELETE FROM idempotency_keys WHERE created_at < $1', before);
    },
  };
}
