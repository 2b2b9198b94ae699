import { createBinder, type Sql } from '@medcenter/stage-04-redis/repository';

/** What is to be told in a topic. */
export interface OutboxMessage {
  readonly topic: string;
  readonly key: string;
  readonly value: string;
}

export interface OutboxRow extends OutboxMessage {
  readonly position: number;
}

/** Over `storage.sql` it reads; over `tx.sql` it writes, too. */
export interface Outbox {
  add(message: OutboxMessage, createdAt: string): Promise<void>;
  /** The oldest ones that there are now. One that is committed late is simply there later: nothing is counted. */
  list(limit: number): Promise<OutboxRow[]>;
  remove(positions: readonly number[]): Promise<void>;
}

export function sqlOutbox(sql: Sql): Outbox {
  return {
    async add({ topic, key, value }, createdAt) {
      await sql.query(
        'INSERT INTO outbox (topic, key, value, created_at) VALUES ($1, $2, $3, $4)',
        ...[topic, key, value, createdAt],
      );
    },
    async list(limit) {
      const rows = await sql.query<OutboxMessage & { position: number | string }>(
        'SELECT position, topic, key, value FROM outbox ORDER BY position LIMIT $1',
        limit,
      );
      // PostgreSQL counts beyond what a number can hold, and answers text.
      return rows.map((row) => ({ ...row, position: Number(row.position) }));
    },
    async remove(positions) {
      if (positions.length === 0) return;
      const { values, bind } = createBinder();
      await sql.query(`DELETE FROM outbox WHERE position IN (${positions.map(bind).join(', ')})`, ...values);
    },
  };
}
