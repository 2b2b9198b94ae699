import pg from 'pg';
import { migrate } from 'postgres-migrations';
import { DatabaseError } from '../database-error.ts';
import { listMigrations, type MigrationReport, refuseNewerDatabase, withOneFolder } from '../migrations.ts';
import { cannotBeMigrated, cannotBeUsed, placeOf } from './place.ts';

/** One who starts while another migrates waits for the end of it: postgres-migrations holds an advisory lock. */
export async function migratePostgres(url: string, folders: readonly URL[]): Promise<MigrationReport> {
  const list = await listMigrations(folders, 'postgres');
  await using stack = new AsyncDisposableStack();
  try {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
    client.on('error', () => {}); // What is under way fails by itself.
    stack.defer(() => client.end());
    await client.connect();
    await refuseOtherEncodings(client, url);
    refuseNewerDatabase(await versionOf(client), list.length);
    const applied = await withOneFolder(list, (folder) => migrate({ client }, folder)).catch((error) => {
      throw cannotBeMigrated(url, error);
    });
    return {
      applied: applied.map(({ id, name }) => `${id}_${name}`).filter((name) => !name.startsWith('0_')),
      version: list.length,
    };
  } catch (error) {
    throw error instanceof DatabaseError ? error : cannotBeUsed(url, error);
  }
}

/** Names are in any script. */
async function refuseOtherEncodings(client: pg.Client, url: string): Promise<void> {
  const { rows } = await client.query<{ server_encoding: string }>('SHOW server_encoding');
  const encoding = rows[0]?.server_encoding;
  if (encoding === 'UTF8') return;
  const text = `PostgreSQL at ${placeOf(url)} keeps text as ${encoding}, which has not the letters of all names: make a database WITH ENCODING 'UTF8'.`;
  throw new DatabaseError(text);
}

/** The number of the newest migration that was run; 0 for an empty database. */
async function versionOf(client: pg.Client): Promise<number> {
  const found = await client.query<{ there: boolean }>(
    "SELECT to_regclass('migrations') IS NOT NULL AS there",
  );
  if (!found.rows[0]?.there) return 0;
  const newest = await client.query<{ id: number | null }>('SELECT max(id) AS id FROM migrations');
  return newest.rows[0]?.id ?? 0;
}
