import { AsyncLocalStorage } from 'node:async_hooks';

/** The program used a transaction as it may not be used: a defect of the program, not of its input. */
export class TransactionError extends Error {
  override readonly name = 'TransactionError';
  readonly code = 'transaction';
}

/** Runs one statement of a transaction by the transaction's rules. */
export type RunStatement = <T>(statement: () => Promise<T>) => Promise<T>;

/** The rules of `Storage.transaction` that are the same whatever keeps the records. Each storage has its own. */
export interface TransactionRules {
  /** To be called before a transaction waits for its turn. @throws TransactionError inside another one, which would never end */
  refuseNesting(): void;
  /** Runs `work`; its result counts only when every statement went well, and no statement runs after its end. */
  run<T>(work: (run: RunStatement) => Promise<T>): Promise<T>;
}

export function createTransactionRules(): TransactionRules {
  const current = new AsyncLocalStorage<{ ended: boolean }>();
  return {
    refuseNesting() {
      if (current.getStore()?.ended === false) {
        throw new TransactionError(
          'a transaction inside a transaction would wait for itself: hand tx on instead',
        );
      }
    },
    run(work) {
      const transaction = { ended: false };
      let running = 0;
      let failed: { error: unknown } | undefined;
      const run: RunStatement = async (statement) => {
        if (transaction.ended)
          throw new TransactionError('this transaction has ended: await every statement inside it');
        running += 1;
        try {
          return await statement();
        } catch (error) {
          failed ??= { error };
          throw error;
        } finally {
          running -= 1;
        }
      };
      return current.run(transaction, async () => {
        try {
          const result = await work(run);
          if (failed) throw failed.error;
          if (running > 0) throw new TransactionError('a statement still runs: await every statement');
          return result;
        } finally {
          transaction.ended = true;
        }
      });
    },
  };
}

/** The same repository, with every verb run as a statement of the transaction. */
export function asStatements<Repository extends object>(
  repository: Repository,
  run: RunStatement,
): Repository {
  const verbs = Object.entries(repository).map(([name, verb]) => [
    name,
    (...args: unknown[]) => run(async () => verb(...args)),
  ]);
  return Object.fromEntries(verbs);
}
