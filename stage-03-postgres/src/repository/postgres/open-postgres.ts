import { setTimeout as sleep } from 'node:timers/promises';
import { createTransactionRules, type RunStatement } from '@medcenter/stage-02-http/repository';
import pg from 'pg';
import { unavailable } from '../../domain/index.ts';
import { createGate } from '../gate.ts';
import type { Sql, SqlDatabase, SqlDialect } from '../sql.ts';
import { isCollision, isConnectionLost, translate } from './postgres-errors.ts';
import { queryUntil } from './query-until.ts';
import { readTypes } from './types.ts';

/** In milliseconds, but for `poolSize`. Whatever waits here has an end, so that no request hangs. */
export interface PostgresLimits {
  readonly poolSize: number;
  /** For a connection: to be made, or to come free in a pool where nothing moves. */
  readonly connectMs: number;
  /** For one statement, held by the server. */
  readonly statementMs: number;
  /** For a lock that another transaction holds. */
  readonly lockMs: number;
  /** For a transaction in which nothing happens. */
  readonly idleTransactionMs: number;
}

export const DEFAULT_POSTGRES_LIMITS: PostgresLimits = {
  poolSize: 10,
  connectMs: 800,
  statementMs: 2_500,
  lockMs: 2_000,
  idleTransactionMs: 5_000,
};

/** How much later than the server's own limit the answer to a statement is given up: the server may be frozen. */
const SILENCE_MS = 500;
/** For a connection of a pool that is busy, and moves. */
const QUEUE_MS = 4_000;
const CLOSE_MS = 3_000;
const ATTEMPTS = 4;

/**
 * A pool of connections to one database, whose tables are there. Connects when it is first used.
 * @param signalOf asked at each query outside of a transaction: it ends, at the server, too, when this signal aborts
 */
export function openPostgres(
  url: string,
  changes: Partial<PostgresLimits> = {},
  signalOf: () => AbortSignal | undefined = () => undefined,
): SqlDatabase {
  const limits = { ...DEFAULT_POSTGRES_LIMITS, ...changes };
  const pool = createPool(url, limits);
  const { poolSize: size, connectMs: stuckMs } = limits;
  const gate = createGate({
    size,
    stuckMs,
    waitMs: QUEUE_MS,
    refusal: 'the database is too busy: try again',
  });
  const rules = createTransactionRules();
  let closed: Promise<void> | undefined;
  return {
    ...sqlOver(untilAborted(pool, signalOf), gate.pass, POOL_DIALECT),
    transaction: async (work) => {
      rules.refuseNesting();
      return retryCollisions(() =>
        gate.pass(() =>
          inTransaction(pool, (client) =>
            rules.run((run) => work(sqlOver(client, run, TRANSACTION_DIALECT), run)),
          ),
        ),
      );
    },
    usage: () => ({
      busy: pool.totalCount - pool.idleCount,
      idle: pool.idleCount,
      waiting: gate.waiting(),
    }),
    close() {
      // A frozen server does not say goodbye: then its connections are left to the end of the process.
      const end = async () => {
        await gate.drain(); // Also those who have not yet asked the pool for their connection.
        await pool.end();
      };
      closed ??= Promise.race([end(), sleep(CLOSE_MS, undefined, { ref: false })]);
      return closed;
    },
  };
}

function createPool(url: string, limits: PostgresLimits): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: limits.poolSize,
    connectionTimeoutMillis: limits.connectMs,
    statement_timeout: limits.statementMs,
    query_timeout: limits.statementMs + SILENCE_MS,
    lock_timeout: limits.lockMs,
    idle_in_transaction_session_timeout: limits.idleTransactionMs,
    application_name: 'medcenter',
    // Whatever the server is set to: values are read as these two write them.
    options: '-c datestyle=ISO -c timezone=UTC',
    keepAlive: true,
    pipeline: true, // A statement does not wait for the answer to the one before it, unless we do.
    types: { getTypeParser: readTypes },
  });
  // A connection that breaks says so by an event, and an event of this name that nobody hears ends the process: the
  // pool speaks for idle connections, each client for itself while it is in use. The statement under way fails, too.
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}

/** Two transactions that stood in each other's way may do well one after the other; `work` may run again. */
async function retryCollisions<T>(attempt: () => Promise<T>): Promise<T> {
  for (let count = 1; ; count++) {
    try {
      return await attempt();
    } catch (error) {
      if (!isCollision(error)) throw error;
      if (count === ATTEMPTS) throw unavailable('too many want the same at once: try again', error);
      await sleep(Math.random() * 20 * count);
    }
  }
}

async function inTransaction<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect().catch(rethrow);
  let broken = false;
  try {
    await client.query('BEGIN').catch(rethrow);
    const result = await work(client);
    const { command } = await client.query('COMMIT').catch(rethrow);
    // After a statement that failed, PostgreSQL answers COMMIT with ROLLBACK, and with no error.
    if (command !== 'COMMIT') throw new Error('a statement had failed: nothing was written');
    return result;
  } catch (error) {
    broken = isConnectionLost(error) || !(await rolledBack(client));
    throw error;
  } finally {
    client.release(broken); // A broken one is not given back to the pool.
  }
}

async function rolledBack(client: pg.PoolClient): Promise<boolean> {
  try {
    await client.query('ROLLBACK');
    return true;
  } catch {
    return false;
  }
}

function rethrow(error: unknown): never {
  throw translate(error);
}

/** Outside of a transaction a row lock would end with its own statement. */
const POOL_DIALECT: SqlDialect = {
  name: 'PostgreSQL',
  forUpdate: '',
  nameHolds: (_table, text, bind) => `search_name LIKE ${bind(`%${escapePattern(text)}%`)}`,
};
// Others may refer to the row meanwhile: it is not its key that will change.
const TRANSACTION_DIALECT: SqlDialect = { ...POOL_DIALECT, forUpdate: 'FOR NO KEY UPDATE' };

/** What runs a statement: a connection, or a pool of them. */
interface Querying {
  query(text: string, values: unknown[]): Promise<pg.QueryResult>;
}

function untilAborted(pool: pg.Pool, signalOf: () => AbortSignal | undefined): Querying {
  return {
    query(text, values) {
      const signal = signalOf();
      return signal ? queryUntil(pool, signal, text, values) : pool.query(text, values);
    },
  };
}

function sqlOver(db: Querying, run: RunStatement, dialect: SqlDialect): Sql {
  const query = <Row>(text: string, ...values: unknown[]): Promise<Row[]> =>
    run(async () => {
      const result = await db.query(text, values).catch(rethrow);
      return result.rows as Row[];
    });
  return {
    query,
    async lock(...keys) {
      // In a subselect, so that the rows are in order before the first lock is taken.
      await query(
        'SELECT pg_advisory_xact_lock(hashtextextended(key, 0)) FROM (SELECT unnest($1::text[]) AS key ORDER BY key) AS keys',
        keys,
      );
    },
    dialect,
  };
}

/** In a pattern of LIKE, a text that stands for itself. */
function escapePattern(text: string): string {
  return text.replaceAll(/[\\%_]/g, '\\$&');
}
