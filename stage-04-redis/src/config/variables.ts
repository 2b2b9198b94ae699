import { fileURLToPath } from 'node:url';
import { bySchema, variables as inherited, type Variable } from '@medcenter/stage-03-postgres/config';
import { newPasswordSchema } from '../schema/index.ts';

const { minLength, maxLength } = newPasswordSchema;

export const variables = {
  ...inherited,
  SQLITE_FILE: {
    ...inherited.SQLITE_FILE,
    fallback: fileURLToPath(new URL('../../data/medcenter.db', import.meta.url)),
  },
  REDIS_URL: {
    wants: 'the URL of a Redis server, such as redis://user:password@127.0.0.1:6379/0',
    fallback: undefined,
    parse: parseRedisUrl,
    secret: true,
  } satisfies Variable<string | undefined>,
  REDIS_PREFIX: bySchema(
    { type: 'string', pattern: '^[\\x21-\\x7e]{1,64}$' },
    { wants: 'what stands before each key in Redis, such as medcenter:', fallback: 'medcenter:stage-04:' },
  ),
  REDIS_TIMEOUT_MS: bySchema(
    { type: 'integer', minimum: 1, maximum: 10_000 },
    { wants: '1 to 10000 milliseconds to wait for an answer of Redis', fallback: 200 },
  ),
  CACHE_TTL_SECONDS: seconds('that a copy of a patient is kept', { maximum: 3_600, fallback: 60 }),
  SESSION_TTL_SECONDS: seconds('that a session lasts', { maximum: 31_536_000, fallback: 86_400 }),
  SESSION_IDLE_SECONDS: seconds('after which a session ends that is not used', {
    maximum: 31_536_000,
    fallback: 28_800,
  }),
  ADMIN_PASSWORD: {
    ...bySchema<string | undefined>(newPasswordSchema, {
      wants: `the password of the first account, ${minLength} to ${maxLength} characters`,
      fallback: undefined,
    }),
    secret: true,
  },
  PASSWORD_HASH_COST: bySchema(
    { type: 'integer', minimum: 10, maximum: 17 },
    { wants: '10 to 17, the work for a password hash: each step doubles it', fallback: 15 },
  ),
};

function seconds(
  what: string,
  { maximum, fallback }: { maximum: number; fallback: number },
): Variable<number> {
  return bySchema(
    { type: 'integer', minimum: 1, maximum },
    { wants: `1 to ${maximum} seconds ${what}`, fallback },
  );
}

function parseRedisUrl(text: string): string | undefined {
  const url = URL.parse(text);
  const isRedis = url && ['redis:', 'rediss:'].includes(url.protocol) && url.hostname !== '';
  return isRedis && text.trim() === text && /^(\/\d*)?$/.test(url.pathname) ? text : undefined;
}
