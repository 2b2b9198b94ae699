import { createMutex, createTransactionRules, type RunStatement } from '@medcenter/stage-02-http/repository';
import type Database from 'better-sqlite3';
import type { Sql, SqlDatabase, SqlDialect } from '../sql.ts';
import { connect, whileBusy } from './connect.ts';
import { translate } from './sqlite-errors.ts';

/**
 * A file whose tables are there. A connection holds one transaction, and ours wait between their statements: so there
 * is one connection that writes, taken in turn, and one that reads, which sees the last commit meanwhile.
 */
export async function openSqlite(file: string): Promise<SqlDatabase> {
  const [writer, reader] = [await connect(file), await connect(file)];
  reader.pragma('query_only = ON');
  const [writing, reading] = [rememberStatements(writer), rememberStatements(reader)];
  const rules = createTransactionRules();
  const oneAtATime = createMutex();
  /** Transactions: the one that writes, and those that wait for it. */
  let underway = 0;
  return {
    ...sqlOver(reading, (statement) => statement()),
    transaction: async (work) => {
      rules.refuseNesting();
      underway += 1;
      try {
        return await oneAtATime(() =>
          inTransaction(writer, () => rules.run((run) => work(sqlOver(writing, run), run))),
        );
      } finally {
        underway -= 1;
      }
    },
    usage() {
      const busy = Math.min(underway, 1);
      return { busy, idle: 2 - busy, waiting: underway - busy };
    },
    // Of the connection that writes: what it commits itself does not count.
    othersCommits: () => Number(writer.pragma('data_version', { simple: true })),
    close: () =>
      oneAtATime(async () => {
        reader.close();
        writer.close();
      }),
  };
}

interface Connection {
  prepare(text: string): Database.Statement;
}

/** Compiles each text once: our statements are few, and SQLite takes longer to compile most of them than to run them. */
function rememberStatements(db: Database.Database): Connection {
  const statements = new Map<string, Database.Statement>();
  return {
    prepare(text) {
      const statement = statements.get(text) ?? db.prepare(text);
      statements.set(text, statement);
      return statement;
    },
  };
}

async function inTransaction<T>(writer: Database.Database, work: () => Promise<T>): Promise<T> {
  try {
    await whileBusy(() => writer.exec('BEGIN IMMEDIATE'));
    const result = await work();
    await whileBusy(() => writer.exec('COMMIT'));
    return result;
  } catch (error) {
    if (writer.inTransaction) writer.exec('ROLLBACK');
    throw translate(error);
  }
}

const DIALECT: SqlDialect = {
  name: 'SQLite',
  forUpdate: '', // There is one writer.
  nameHolds(table, text, bind) {
    // The index knows what stands in three letters or more. Fewer are found in so many names that a page of them
    // is soon full; for a rare pair of letters all names are read.
    if ([...text].length < 3) return `instr(search_name, ${bind(text)}) > 0`;
    const phrase = `"${text.replaceAll('"', '""')}"`;
    return `row IN (SELECT rowid FROM ${table}_by_name WHERE search_name MATCH ${bind(phrase)})`;
  },
};

function sqlOver(connection: Connection, run: RunStatement): Sql {
  return {
    query: <Row>(text: string, ...values: unknown[]) =>
      run(async () => {
        try {
          // An object of that shape is how better-sqlite3 takes $1, $2, …
          const parameters = Object.fromEntries(values.map((value, index) => [index + 1, value]));
          const statement = connection.prepare(text);
          const given = values.length > 0 ? [parameters] : [];
          if (statement.reader) return statement.all(...given) as Row[];
          statement.run(...given);
          return [];
        } catch (error) {
          throw translate(error);
        }
      }),
    lock: async () => {}, // There is one writer.
    dialect: DIALECT,
  };
}
