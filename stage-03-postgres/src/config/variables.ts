import { fileURLToPath } from 'node:url';
import { bySchema, variables as inherited, text, type Variable } from '@medcenter/stage-02-http/config';

/** Where the data were until now is named by `import FILE` and `--file FILE`. */
const { DATA_FILE: _, ...kept } = inherited;

export const variables = {
  ...kept,
  DATABASE_URL: {
    wants: 'the URL of a PostgreSQL database, such as postgresql://user:password@127.0.0.1:5432/medcenter',
    fallback: undefined,
    parse: parsePostgresUrl,
    secret: true,
  } satisfies Variable<string | undefined>,
  SQLITE_FILE: text({
    wants: 'the path of the SQLite file that serves where DATABASE_URL is unset',
    fallback: fileURLToPath(new URL('../../data/medcenter.db', import.meta.url)),
  }),
  DATABASE_POOL_SIZE: count(1, 1_000, 10, 'connections'),
  DATABASE_CONNECT_TIMEOUT_MS: count(1, 60_000, 800, 'milliseconds to wait for a connection'),
  DATABASE_STATEMENT_TIMEOUT_MS: count(1, 600_000, 2_500, 'milliseconds for a statement'),
  DATABASE_LOCK_TIMEOUT_MS: count(1, 600_000, 2_000, 'milliseconds to wait for a lock'),
  DATABASE_IDLE_TRANSACTION_TIMEOUT_MS: count(1, 600_000, 5_000, 'milliseconds that a transaction may idle'),
};

function parsePostgresUrl(text: string): string | undefined {
  const url = URL.parse(text);
  if (text.trim() !== text || !url || !['postgres:', 'postgresql:'].includes(url.protocol)) return undefined;
  const readable = [url.username, url.password, url.pathname].every(isPercentEncoded);
  return readable && url.pathname.length > 1 ? text : undefined;
}

function isPercentEncoded(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

function count(minimum: number, maximum: number, fallback: number, what: string): Variable<number> {
  return bySchema(
    { type: 'integer', minimum, maximum },
    { wants: `${minimum} to ${maximum} ${what}`, fallback },
  );
}
