import type { Sql, SqlDatabase } from '@medcenter/stage-06-grpc/repository';
import type { SpanOptions, Tracing } from '../observability/index.ts';
import { describeStatement } from './describe-statement.ts';

/** So many texts are remembered. Ours are some dozens, but for those whose length is that of a list. */
const MOST_TEXTS = 500;

interface Described {
  readonly name: string;
  readonly options: SpanOptions;
}

/**
 * The database, with a span for each statement and each transaction: its text, never its parameters.
 *
 * Only inside of another span, which somebody asked for. Outside are those who look again and again whether there is
 * something to do: there is nothing to see in that, and it would never end.
 */
export function withSqlSpans(database: SqlDatabase, tracing: Tracing): SqlDatabase {
  const system = database.dialect.name === 'PostgreSQL' ? 'postgresql' : 'sqlite';
  const describe = rememberDescriptions(system);
  const transaction = { kind: 'client', attributes: { 'db.system.name': system } } as const;
  const lock = {
    kind: 'client',
    attributes: { 'db.system.name': system, 'db.operation.name': 'LOCK' },
  } as const;
  const over = (sql: Sql): Pick<Sql, 'query' | 'lock'> => ({
    query<Row>(text: string, ...values: unknown[]) {
      if (!tracing.ids()) return sql.query<Row>(text, ...values);
      const { name, options } = describe(text);
      return tracing.span(name, options, () => sql.query<Row>(text, ...values));
    },
    lock(...keys) {
      // In a file there is one writer, and nothing to lock.
      if (system === 'sqlite' || !tracing.ids()) return sql.lock(...keys);
      return tracing.span('LOCK', lock, () => sql.lock(...keys));
    },
  });
  return {
    ...database,
    ...over(database),
    transaction(work) {
      if (!tracing.ids()) return database.transaction(work);
      return tracing.span('transaction', transaction, () =>
        database.transaction((sql, run) => work({ ...sql, ...over(sql) }, run)),
      );
    },
  };
}

/** Each text is looked at once: there are few, and each is used often. */
function rememberDescriptions(system: string): (text: string) => Described {
  const known = new Map<string, Described>();
  return (text) => {
    const found = known.get(text);
    if (found) return found;
    const { name, attributes } = describeStatement(text);
    const described: Described = {
      name,
      options: { kind: 'client', attributes: { 'db.system.name': system, ...attributes } },
    };
    if (known.size === MOST_TEXTS) known.clear();
    known.set(text, described);
    return described;
  };
}
