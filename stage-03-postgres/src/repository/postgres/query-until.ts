import pg from 'pg';

/** What is not awaited for ever: a server that is frozen cancels nothing. */
const CANCEL_MS = 1_000;

/** The number of the server's process behind a connection: pg knows it, its types do not name it. */
type NumberedClient = pg.PoolClient & { readonly processID: number };

/** The pool's query, which fails when the signal aborts; the statement ends at the server as well. */
export async function queryUntil(
  pool: pg.Pool,
  signal: AbortSignal,
  text: string,
  values: unknown[],
): Promise<pg.QueryResult> {
  signal.throwIfAborted();
  const client = (await pool.connect()) as NumberedClient;
  let cancelling: Promise<void> | undefined;
  const cancel = () => {
    cancelling = cancelStatement(pool.options, client.processID);
  };
  let broken: unknown;
  try {
    signal.throwIfAborted();
    signal.addEventListener('abort', cancel, { once: true });
    return await client.query(text, values);
  } catch (error) {
    // What the server has said leaves the connection as good as before.
    if (!(error instanceof pg.DatabaseError)) broken = error;
    throw error;
  } finally {
    signal.removeEventListener('abort', cancel);
    // Only then, or it would hit the statement of the one who has the connection next.
    await cancelling;
    client.release(broken !== undefined);
  }
}

/** By a connection of its own: those of the pool may all be waiting for statements like this one. */
async function cancelStatement(options: pg.ClientConfig, processID: number): Promise<void> {
  const client = new pg.Client({ ...options, query_timeout: CANCEL_MS });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query('SELECT pg_cancel_backend($1)', [processID]);
  } catch {
    // Then it ends by its own limit.
  } finally {
    client.end().catch(() => {});
  }
}
