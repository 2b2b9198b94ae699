import { main, type Patient, server, type Wrong } from './base.ts';

/** The cursor counts how many were seen: after a delete the next page begins one too far on. */
export const wrong: Wrong = { caughtBy: 'pages-survive-adds-and-deletes' };

function pageByOffset(
  found: readonly Patient[],
  limit: number,
  cursor: string | null,
  search: string,
): object {
  const start = cursor === null ? 0 : Number(server.readCursor(cursor, search));
  const next = start + limit;
  const nextCursor = next < found.length ? server.writeCursor(String(next), search) : null;
  return { items: found.slice(start, next), nextCursor };
}

if (import.meta.main) await main({ page: pageByOffset });
