import { databaseOptions } from '@medcenter/stage-03-postgres/app';
import { placeOfRedis, type Redis, readManner } from '../cache/index.ts';
import type { ConfigOf, variables } from '../config/index.ts';
import { describeDatabase } from '../repository/index.ts';

/** A line for each need, for people: which adapter serves it, and where. */
export async function describeNeeds(
  config: ConfigOf<typeof variables>,
  redis: Redis | undefined,
): Promise<string[]> {
  const { REDIS_URL: url, DATABASE_URL: databaseUrl } = config;
  const storage = `storage: ${describeDatabase(databaseOptions(config))}`;
  if (redis && url !== undefined) {
    const place = `Redis at ${placeOfRedis(url)}`;
    return [storage, `cache: ${place}`, `sessions: ${place}`, ...(await warnings(redis))];
  }
  const cache = databaseUrl === undefined ? 'in this process' : 'none, as long as REDIS_URL is unset';
  return [storage, `cache: ${cache}`, 'sessions: in the database'];
}

/** A server that drops keys would drop sessions, and one that forgets backwards would bring back those that ended. */
async function warnings(redis: Redis): Promise<string[]> {
  try {
    const { whenFull, forgetsBackwards } = await readManner(redis);
    return [
      ...(whenFull === undefined || whenFull === 'noeviction'
        ? []
        : [
            `WARNING: when it is full, this Redis drops keys (${whenFull}), sessions too: set maxmemory-policy noeviction`,
          ]),
      ...(forgetsBackwards
        ? [
            'WARNING: after a crash this Redis goes back to its last snapshot, and who signed out is in: set appendonly yes',
          ]
        : []),
    ];
  } catch (error) {
    const reason =
      error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    return [`WARNING: this Redis cannot be asked (${reason}). Until it can, nobody can sign in`];
  }
}

/** The password that was made up is shown, this once; one that was given and is not used is not passed over in silence. */
export function describeFirstAccount(given: string | undefined, made: string | undefined): string[] {
  if (made === undefined) {
    return given === undefined ? [] : ['ADMIN_PASSWORD: not used, for there are accounts already'];
  }
  return given === undefined ? [`first account: admin, password ${made} (it is shown this once)`] : [];
}
