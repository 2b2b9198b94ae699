import { databaseOptions } from '@medcenter/stage-03-postgres/app';
import {
  createMemoryCache,
  createNoCache,
  createRedisCache,
  type LeaseCache,
  openRedis,
  type Redis,
  USUAL_TIMES,
} from '../cache/index.ts';
import type { ConfigOf, variables } from '../config/index.ts';
import type { Clock } from '../domain/index.ts';
import { type ClinicStorage, createSqlStorage, openDatabase, type SqlDatabase } from '../repository/index.ts';
import {
  createMemoryThrottle,
  createRedisSessions,
  createRedisThrottle,
  createSqlSessions,
  type LoginThrottle,
  type SessionStore,
  withGrace,
} from '../session/index.ts';

type Config = ConfigOf<typeof variables>;

/** What the program stands on. */
export interface Adapters {
  readonly storage: ClinicStorage;
  readonly cache: LeaseCache;
  readonly sessions: SessionStore;
  readonly throttle: LoginThrottle;
  readonly redis: Redis | undefined;
}

export interface AdapterDeps {
  readonly clock: Clock;
  /** The folders of all tables that the program needs. */
  readonly migrations: readonly URL[];
  /** Opens the database in another way, or puts something around it. */
  readonly openDatabase?: typeof openDatabase;
  /** Told when Redis stops answering, with the reason, and when it answers again. */
  onRedisChange?(error?: unknown): void;
  /** Told when it refuses something, of each kind once a minute. */
  onRedisRefusal?(error: unknown): void;
}

const MEMORY_CACHE_SIZE = 10_000;

/** Opens, for each need, the server that the configuration names, or what stands for it in this process. */
export async function openAdapters(
  stack: AsyncDisposableStack,
  config: Config,
  { clock, migrations, openDatabase: open = openDatabase, ...deps }: AdapterDeps,
): Promise<Adapters> {
  const { onRedisChange = () => {}, onRedisRefusal = () => {} } = deps;
  const database = await open(databaseOptions(config), migrations);
  const storage = stack.adopt(createSqlStorage(database), (opened) => opened.close());
  const redis = await openRedisOf(config, { onRedisChange, onRedisRefusal });
  stack.defer(async () => redis?.close());
  const idleMs = config.SESSION_IDLE_SECONDS * 1_000;
  return {
    storage,
    redis,
    cache: createCache(config, database, redis),
    sessions: redis
      ? withGrace(createRedisSessions({ redis, clock, idleMs }), clock)
      : createSqlSessions({ storage, clock, idleMs }),
    throttle: redis ? createRedisThrottle(redis) : createMemoryThrottle(),
  };
}

async function openRedisOf(
  config: Config,
  {
    onRedisChange: onChange,
    onRedisRefusal: onRefusal,
  }: Required<Pick<AdapterDeps, 'onRedisChange' | 'onRedisRefusal'>>,
): Promise<Redis | undefined> {
  const { REDIS_URL: url, REDIS_PREFIX: prefix, REDIS_TIMEOUT_MS: timeoutMs } = config;
  return url === undefined ? undefined : openRedis({ url, prefix, timeoutMs, onChange, onRefusal });
}

function createCache(config: Config, { othersCommits }: SqlDatabase, redis: Redis | undefined): LeaseCache {
  const times = { ...USUAL_TIMES, ttlMs: config.CACHE_TTL_SECONDS * 1_000 };
  if (redis) return createRedisCache(redis, times);
  return othersCommits
    ? createMemoryCache({ ...times, size: MEMORY_CACHE_SIZE, othersCommits })
    : createNoCache();
}
