import type { ConfigOf, variables } from '../config/index.ts';
import type { DatabaseOptions } from '../repository/index.ts';

/** The database that the configuration names. */
export function databaseOptions(config: ConfigOf<typeof variables>): DatabaseOptions {
  return {
    url: config.DATABASE_URL,
    file: config.SQLITE_FILE,
    limits: {
      poolSize: config.DATABASE_POOL_SIZE,
      connectMs: config.DATABASE_CONNECT_TIMEOUT_MS,
      statementMs: config.DATABASE_STATEMENT_TIMEOUT_MS,
      lockMs: config.DATABASE_LOCK_TIMEOUT_MS,
      idleTransactionMs: config.DATABASE_IDLE_TRANSACTION_TIMEOUT_MS,
    },
  };
}
