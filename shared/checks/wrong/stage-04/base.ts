import { AsyncLocalStorage } from 'node:async_hooks';
import {
  assemble,
  databaseOptions,
  type Running,
  runCommandLine,
  serve,
} from '@medcenter/stage-04-redis/app';
import {
  createMemoryCache,
  createRedisCache,
  type LeaseCache,
  openRedis,
  USUAL_TIMES,
} from '@medcenter/stage-04-redis/cache';
import { createTerminal } from '@medcenter/stage-04-redis/cli';
import { type ConfigOf, readConfig, variables } from '@medcenter/stage-04-redis/config';
import { createLogger } from '@medcenter/stage-04-redis/observability';
import {
  type ClinicStorage,
  createAuditLog,
  createSqlStorage,
  migrations,
  openDatabase,
  sqlAudit,
  withAudit,
  withPatientCache,
} from '@medcenter/stage-04-redis/repository';
import {
  createAppointmentRegistry,
  createAuditReader,
  createDoctorRegistry,
  createPatientRegistry,
  createSystemClock,
} from '@medcenter/stage-04-redis/service';
import {
  createAccountRegistry,
  createMemoryThrottle,
  createPasswords,
  createRedisSessions,
  createRedisThrottle,
  createSignIn,
  createSqlSessions,
  type LoginThrottle,
  type Passwords,
  type SessionStore,
  type SignIn,
  withGrace,
} from '@medcenter/stage-04-redis/session';
import {
  type AccessOptions,
  type AccessRules,
  accessHeaders,
  accessRules,
  accessStatusByCode,
  addAccess,
  addClinicRoutes,
  auditRoutes,
  authRoutes,
  type CurrentRequest,
  createHttpApp,
  isOwnAppointment,
  securitySchemes,
} from '@medcenter/stage-04-redis/transport/http';
import { v7 as uuidv7 } from 'uuid';

export type { Wrong } from '../stage-01/base.ts';

type App = Awaited<ReturnType<typeof createHttpApp>>;
type Config = ConfigOf<typeof variables>;

/** What a wrong program does otherwise: each makes its part of the right one. */
export interface Replaced {
  config?: Partial<Config>;
  cache?(cache: LeaseCache): LeaseCache;
  sessions?(sessions: SessionStore): SessionStore;
  throttle?(throttle: LoginThrottle): LoginThrottle;
  passwords?(passwords: Passwords): Passwords;
  signIn?(signIn: SignIn, storage: ClinicStorage): SignIn;
  rules?(rules: AccessRules): AccessRules;
  access?: Partial<Pick<AccessOptions, 'isOwn' | 'onDenied'>>;
  /** The password to show at the start, if any; the right one is there at the first start alone. */
  shown?(password: string | undefined): string | undefined;
  /** Added to the app before its routes. */
  app?(app: App): void;
}

const clock = createSystemClock();
const same = <T>(part: T): T => part;

/** Where the data are, and what stands before them: as the stage opens it. */
async function openParts(stack: AsyncDisposableStack, config: Config) {
  const database = await openDatabase(databaseOptions(config), migrations);
  const storage = createSqlStorage(database);
  const { REDIS_URL: url, REDIS_PREFIX: prefix, REDIS_TIMEOUT_MS: timeoutMs } = config;
  const redis = url === undefined ? undefined : await openRedis({ url, prefix, timeoutMs });
  stack.defer(async () => redis?.close());
  const times = { ...USUAL_TIMES, ttlMs: config.CACHE_TTL_SECONDS * 1_000 };
  const idleMs = config.SESSION_IDLE_SECONDS * 1_000;
  if (redis) {
    return {
      storage,
      cache: createRedisCache(redis, times),
      sessions: withGrace(createRedisSessions({ redis, clock, idleMs }), clock),
      throttle: createRedisThrottle(redis),
    };
  }
  const { othersCommits = () => 0 } = database;
  return {
    storage,
    cache: createMemoryCache({ ...times, size: 10_000, othersCommits }),
    sessions: createSqlSessions({ storage, clock, idleMs }),
    throttle: createMemoryThrottle(),
  };
}

/**
 * The real stage 4, put together of its own parts as its `start` does it. The wrong programs beside it are this one
 * with a part replaced, so what a check finds in them can only be that part.
 */
function start(config: Config, replaced: Replaced): Promise<Running> {
  return assemble(async (stack) => {
    const logger = createLogger({ level: config.LOG_LEVEL, service: 'medcenter', out: process.stdout });
    const current = new AsyncLocalStorage<CurrentRequest>();
    const right = await openParts(stack, config);
    const { storage: stored } = right;
    const sessions = (replaced.sessions ?? same)(right.sessions);
    const cached = withPatientCache(stored, {
      cache: (replaced.cache ?? same)(right.cache),
      onLook: (result) => Object.assign(current.getStore() ?? {}, { cache: result }),
    });
    const log = createAuditLog({ storage: stored, newId: uuidv7, clock });
    const storage = withAudit(cached, { log, actor: () => current.getStore() });
    stack.defer(() => cached.close());

    const deps = { storage, newId: uuidv7, clock };
    const appointments = createAppointmentRegistry(deps);
    const passwords = (replaced.passwords ?? same)(createPasswords({ ln: config.PASSWORD_HASH_COST }));
    const accountDeps = { storage: stored, sessions, passwords, newId: uuidv7, clock };
    const accounts = createAccountRegistry(accountDeps);
    const made = await accounts.ensureAdmin(config.ADMIN_PASSWORD);
    const password = (replaced.shown ?? same)(made);
    const throttle = (replaced.throttle ?? same)(right.throttle);
    const ttlMs = config.SESSION_TTL_SECONDS * 1_000;
    const signIn = (replaced.signIn ?? same)(createSignIn({ ...accountDeps, throttle, ttlMs }), stored);

    const app = await createHttpApp(
      { patients: createPatientRegistry(deps), clock },
      {
        ...{ logger, corsOrigins: config.CORS_ORIGINS, exposedHeaders: accessHeaders },
        ...{ statuses: accessStatusByCode, securitySchemes },
      },
    );
    addAccess(app, {
      rules: (replaced.rules ?? same)(accessRules),
      signIn,
      isOwn: isOwnAppointment(appointments),
      onDenied: log.appendDenial,
      current,
      ...replaced.access,
    });
    replaced.app?.(app);
    addClinicRoutes(app, { doctors: createDoctorRegistry(deps), appointments, clock });
    app.register(authRoutes, { signIn });
    app.register(auditRoutes, { prefix: '/api/v1', audit: createAuditReader(sqlAudit(stored.sql)) });
    stack.defer(() => app.close());
    const url = await app.listen({ host: config.HOST, port: config.PORT }).catch(async (error) => {
      if (made !== undefined) await accounts.remove('admin'); // Nobody was shown its password.
      throw error;
    });
    return { url, needs: password ? [`first account: admin, password ${password}`] : [] };
  });
}

/** Runs the server, or with words behind it one command, with some of the parts replaced. */
export async function main(replaced: Replaced = {}): Promise<void> {
  const terminal = createTerminal(process.stdout, process.stderr);
  const argv = process.argv.slice(2);
  try {
    const config = { ...readConfig(variables, process.env), ...replaced.config };
    process.exitCode =
      argv.length > 0
        ? await runCommandLine(config, argv, terminal)
        : await serve(() => start(config, replaced), terminal.note);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    terminal.note(error.message);
    process.exitCode = 'code' in error && error.code === 'config' ? 2 : 1;
  }
}

if (import.meta.main) await main();
