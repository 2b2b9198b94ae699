import type { Sql } from '@medcenter/stage-04-redis/repository';

/** Dead letters that were sent once more, by their ids. */
export interface Redriven {
  list(): Promise<Set<string>>;
  add(id: string, now: Date): Promise<void>;
}

export function sqlRedriven(sql: Sql): Redriven {
  return {
    async list() {
      const rows = await sql.query<{ dead_letter: string }>('SELECT dead_letter FROM redriven');
      return new Set(rows.map(({ dead_letter }) => dead_letter));
    },
    async add(id, now) {
      await sql.query(
        'INSERT INTO redriven (dead_letter, redriven_at) VALUES ($1, $2) ON CONFLICT (dead_letter) DO NOTHING',
        ...[id, now.toISOString()],
      );
    },
  };
}
