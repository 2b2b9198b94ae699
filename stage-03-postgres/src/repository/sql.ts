import type { RunStatement } from '@medcenter/stage-02-http/repository';

/** Runs statements. Parameters are `$1`, `$2`, … in both databases. */
export interface Sql {
  /**
   * The rows that the statement gives.
   * @throws DomainError `conflict` when a constraint of the schema says no, `unavailable` when the database cannot answer
   */
  query<Row = Record<string, unknown>>(text: string, ...values: unknown[]): Promise<Row[]>;
  /**
   * Until the transaction ends, others that lock one of these keys wait. The keys are taken in one order, whatever the
   * order they are given in: so two never wait for each other.
   */
  lock(...keys: string[]): Promise<void>;
  readonly dialect: SqlDialect;
}

/** What the two databases say differently. */
export interface SqlDialect {
  readonly name: 'PostgreSQL' | 'SQLite';
  /** Ends a SELECT whose rows the transaction is about to change, so that others wait for it. */
  readonly forUpdate: string;
  /** A condition on the rows of a table with a `search_name`: it holds this text, which is folded already. */
  nameHolds(table: NamedTable, text: string, bind: (value: unknown) => string): string;
}

/** The tables whose rows are found by name. */
export type NamedTable = 'patients' | 'doctors';

export interface SqlDatabase extends Sql {
  /**
   * By the rules of `Storage.transaction`. Each query is a statement already; what consists of several, or fails
   * without the database knowing, becomes one by `run`.
   */
  transaction<T>(work: (sql: Sql, run: RunStatement) => Promise<T>): Promise<T>;
  /** A number that is another one after a commit of another process. Only a database that can tell has this. */
  othersCommits?(): number;
  /** How its connections are used. */
  usage(): PoolUsage;
  /** Waits for the transactions that run. */
  close(): Promise<void>;
}

/** Numbers of the moment. */
export interface PoolUsage {
  /** Connections that run something. */
  readonly busy: number;
  /** Connections that are open, and run nothing. */
  readonly idle: number;
  /** Callers who wait for a connection. */
  readonly waiting: number;
}

/** Collects the values of a statement that is put together: answers the parameter that stands for each. */
export function createBinder(): { values: unknown[]; bind: (value: unknown) => string } {
  const values: unknown[] = [];
  return { values, bind: (value) => `$${values.push(value)}` };
}

/** All of these conditions, which may be none. */
export function where(conditions: readonly string[]): string {
  return conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
}
