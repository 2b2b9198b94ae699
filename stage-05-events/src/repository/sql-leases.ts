import type { Sql } from '@medcenter/stage-04-redis/repository';

export interface LeaseRequest {
  readonly name: string;
  /** Whoever asks; the same one may ask again, and has it for longer. */
  readonly holder: string;
  readonly now: Date;
  readonly forMs: number;
}

/** Work that one process does at a time, until its time is over or it gives it back. */
export interface Leases {
  /** Whether it is the asker's now. */
  take(request: LeaseRequest): Promise<boolean>;
  giveBack(request: Pick<LeaseRequest, 'name' | 'holder'>): Promise<void>;
}

export function sqlLeases(sql: Sql): Leases {
  return {
    async take({ name, holder, now, forMs }) {
      const until = new Date(now.getTime() + forMs).toISOString();
      const taken = await sql.query(
        `INSERT INTO leases (name, holder, until) VALUES ($1, $2, $3)
         ON CONFLICT (name) DO UPDATE SET holder = $2, until = $3
           WHERE leases.holder = $2 OR leases.until < $4
         RETURNING name`,
        ...[name, holder, until, now.toISOString()],
      );
      return taken.length > 0;
    },
    async giveBack({ name, holder }) {
      await sql.query('DELETE FROM leases WHERE name = $1 AND holder = $2', name, holder);
    },
  };
}
