import type { Sql } from '@medcenter/stage-06-grpc/repository';

/** How many events are committed, and not yet told. */
export async function countPendingEvents(sql: Sql): Promise<number> {
  const [row] = await sql.query<{ count: number | string }>('SELECT count(*) AS count FROM outbox');
  return Number(row?.count ?? 0);
}
