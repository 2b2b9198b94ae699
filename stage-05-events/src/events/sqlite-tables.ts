import type { Sql } from '../repository/index.ts';
import type { Content, LogMessage, ReceivedMessage } from './event-log.ts';

interface MessageRow {
  readonly topic: string;
  readonly offset: number;
  readonly key: Content;
  readonly value: Content;
  readonly headers: string;
  readonly time: string;
}

/** The messages of the log, numbered from 0 in each topic, without a gap. */
export function sqlMessages(sql: Sql) {
  return {
    async append({ topic, key, value, headers = {} }: LogMessage, time: string): Promise<void> {
      await sql.query(
        `INSERT INTO messages (topic, "offset", key, value, headers, time)
         VALUES ($1, (SELECT coalesce(max("offset") + 1, 0) FROM messages WHERE topic = $1), $2, $3, $4, $5)`,
        ...[topic, key, value, JSON.stringify(headers), time],
      );
    },
    async list(topic: string, { from, limit }: { from: number; limit: number }): Promise<ReceivedMessage[]> {
      const rows = await sql.query<MessageRow>(
        `SELECT topic, "offset", key, value, headers, time FROM messages
         WHERE topic = $1 AND "offset" >= $2 ORDER BY "offset" LIMIT $3`,
        ...[topic, from, limit],
      );
      return rows.map((row) => ({
        ...row,
        partition: 0,
        offset: String(row.offset),
        headers: JSON.parse(row.headers),
      }));
    },
    /** The number that the topic's next message will have. */
    async end(topic: string): Promise<number> {
      const [row] = await sql.query<{ end: number }>(
        'SELECT coalesce(max("offset") + 1, 0) AS "end" FROM messages WHERE topic = $1',
        topic,
      );
      return row?.end ?? 0;
    },
  };
}

/** How far each group has read in each topic. */
export function sqlOffsets(sql: Sql) {
  return {
    async next(group: string, topic: string): Promise<number> {
      const [row] = await sql.query<{ next: number }>(
        'SELECT next FROM offsets WHERE group_name = $1 AND topic = $2',
        ...[group, topic],
      );
      return row?.next ?? 0;
    },
    /** Never back: who was held up for long may come when another one has gone on. */
    async advance(group: string, topic: string, next: number): Promise<void> {
      await sql.query(
        `INSERT INTO offsets (group_name, topic, next) VALUES ($1, $2, $3)
         ON CONFLICT (group_name, topic) DO UPDATE SET next = $3 WHERE offsets.next < $3`,
        ...[group, topic, next],
      );
    },
  };
}
