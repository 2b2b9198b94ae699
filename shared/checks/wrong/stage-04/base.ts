import { AsyncLocalStorage } from 'node:async_hooks';
import {
  assemble,
  openAdapters,
  openRecords,
  type Running,
  runCommandLine,
  serve,
} from '@medcenter/stage-04-redis/app';
import type { LeaseCache } from '@medcenter/stage-04-redis/cache';
import { createTerminal } from '@medcenter/stage-04-redis/cli';
import { type ConfigOf, readConfig, variables } from '@medcenter/stage-04-redis/config';
import { createLogger } from '@medcenter/stage-04-redis/observability';
import { type ClinicStorage, migrations, sqlAudit } from '@medcenter/stage-04-redis/repository';
import {
  createAppointmentRegistry,
  createAuditReader,
  createDoctorRegistry,
  createPatientRegistry,
  createSystemClock,
} from '@medcenter/stage-04-redis/service';
import {
  createAccountRegistry,
  createPasswords,
  createSignIn,
  type LoginThrottle,
  type Passwords,
  type SessionStore,
  type SignIn,
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
  documentAccess,
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

/**
 * The real stage 4, put together of its own parts as its `start` does it. The wrong programs beside it are this one
 * with a part replaced, so what a check finds in them can only be that part.
 */
function start(config: Config, replaced: Replaced): Promise<Running> {
  return assemble(async (stack) => {
    const logger = createLogger({ level: config.LOG_LEVEL, service: 'medcenter', out: process.stdout });
    const current = new AsyncLocalStorage<CurrentRequest>();
    const right = await openAdapters(stack, config, { clock, migrations });
    const { storage: stored } = right;
    const sessions = (replaced.sessions ?? same)(right.sessions);
    const { storage, auditLog } = openRecords(
      stack,
      { storage: stored, cache: (replaced.cache ?? same)(right.cache) },
      {
        clock,
        actor: () => current.getStore(),
        onLook: (result) => Object.assign(current.getStore() ?? {}, { cache: result }),
      },
    );

    const deps = { storage, newId: uuidv7, clock };
    const appointments = createAppointmentRegistry(deps);
    const passwords = (replaced.passwords ?? same)(createPasswords({ ln: config.PASSWORD_HASH_COST }));
    const accountDeps = { storage: stored, sessions, passwords, newId: uuidv7, clock };
    const accounts = createAccountRegistry(accountDeps);
    const throttle = (replaced.throttle ?? same)(right.throttle);
    const ttlMs = config.SESSION_TTL_SECONDS * 1_000;
    const signIn = (replaced.signIn ?? same)(createSignIn({ ...accountDeps, throttle, ttlMs }), stored);

    const app = await createHttpApp(
      { patients: createPatientRegistry(deps), clock },
      {
        ...{ logger, corsOrigins: config.CORS_ORIGINS, exposedHeaders: accessHeaders },
        ...{ statuses: accessStatusByCode, securitySchemes, onRoute: documentAccess(accessRules) },
      },
    );
    addAccess(app, {
      rules: (replaced.rules ?? same)(accessRules),
      signIn,
      isOwn: isOwnAppointment(appointments),
      onDenied: auditLog.appendDenial,
      current,
      ...replaced.access,
    });
    replaced.app?.(app);
    addClinicRoutes(app, { doctors: createDoctorRegistry(deps), appointments, clock });
    app.register(authRoutes, { signIn });
    app.register(auditRoutes, { prefix: '/api/v1', audit: createAuditReader(sqlAudit(stored.sql)) });
    stack.defer(() => app.close());
    const opened = Promise.withResolvers<void>();
    app.addHook('onRequest', () => opened.promise);
    stack.defer(() => opened.resolve());
    const url = await app.listen({ host: config.HOST, port: config.PORT });
    const made = await accounts.ensureAdmin(config.ADMIN_PASSWORD);
    const password = (replaced.shown ?? same)(config.ADMIN_PASSWORD === undefined ? made : undefined);
    setImmediate(() => opened.resolve());
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
