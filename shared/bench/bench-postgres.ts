import { migrateDatabase, openDatabase, type SqlDatabase } from '@medcenter/stage-03-postgres/repository';
import { startThrowAwayPostgres } from '../services/throw-away-postgres.ts';

/** A PostgreSQL server of the measurement's own, on a disk that is not waited for: what is compared is the work. */
export interface BenchPostgres extends AsyncDisposable {
  /** Another database with the clinic's empty tables. Answers its address. */
  create(name: string): Promise<string>;
}

export async function openBenchPostgres(): Promise<BenchPostgres> {
  const server = await startThrowAwayPostgres({ detached: false });
  return {
    async create(name) {
      const admin = await open(server.url);
      await admin.query(`CREATE DATABASE ${name}`);
      await admin.close();
      const url = new URL(server.url);
      url.pathname = `/${name}`;
      await migrateDatabase({ url: url.href, file: '' });
      return url.href;
    },
    [Symbol.asyncDispose]: () => server.dispose(),
  };
}

/** With time enough to be filled. */
export function open(url: string): Promise<SqlDatabase> {
  return openDatabase({ url, file: '', limits: { statementMs: 600_000, poolSize: 10 } });
}
