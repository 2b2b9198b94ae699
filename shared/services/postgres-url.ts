import pg from 'pg';

export interface PostgresAddress {
  readonly port: number;
  readonly password: string;
  /** `postgres` when not said, which every server has. */
  readonly database?: string;
}

/** The address of a database of a server on this machine, for its superuser. */
export function postgresUrl({ port, password, database = 'postgres' }: PostgresAddress): string {
  return `postgresql://postgres:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`;
}

/** One query over a connection of its own. Neither a dead server nor a frozen one keeps it for long. */
export async function askPostgres(
  url: string,
  sql = 'SELECT 1',
  timeoutMs = 5000,
): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: timeoutMs,
    query_timeout: timeoutMs,
  });
  // The server may die between connecting and asking: the query then says so, and this event says it again.
  client.on('error', () => {});
  try {
    await client.connect();
    return (await client.query(sql)).rows;
  } finally {
    // A frozen server does not say goodbye: not waited for.
    client.end().catch(() => {});
  }
}

/** Makes the database if it is not there. Answers whether it did. */
export async function provideDatabase(address: PostgresAddress, name: string): Promise<boolean> {
  const url = postgresUrl(address);
  const found = await askPostgres(url, `SELECT FROM pg_database WHERE datname = ${pg.escapeLiteral(name)}`);
  if (found.length > 0) return false;
  await askPostgres(url, `CREATE DATABASE ${pg.escapeIdentifier(name)}`);
  return true;
}
