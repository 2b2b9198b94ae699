import type { Sql } from '@medcenter/stage-04-redis/repository';

/** What a group of consumers has done. Written in the transaction of what was done. */
export interface Inbox {
  /** Notes the event; false when it was noted before. */
  isNew(group: string, eventId: string, now: Date): Promise<boolean>;
  /** Forgets all that the group has done. */
  forget(group: string): Promise<void>;
  /** Forgets what was done before this instant. */
  sweep(before: string): Promise<void>;
}

export function sqlInbox(sql: Sql): Inbox {
  return {
    async isNew(group, eventId, now) {
      const inserted = await sql.query(
        `INSERT INTO inbox (group_name, event_id, done_at) VALUES ($1, $2, $3)
         ON CONFLICT (group_name, event_id) DO NOTHING RETURNING event_id`,
        ...[group, eventId, now.toISOString()],
      );
      return inserted.length > 0;
    },
    async forget(group) {
      await sql.query('DELETE FROM inbox WHERE group_name = $1', group);
    },
    async sweep(before) {
      await sql.query('DELETE FROM inbox WHERE done_at < $1', before);
    },
  };
}
