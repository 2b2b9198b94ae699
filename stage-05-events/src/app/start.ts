import { AsyncLocalStorage } from 'node:async_hooks';
import type { Writable } from 'node:stream';
import {
  assemble,
  describeFirstAccount,
  describeNeeds,
  openAdapters,
  openRecords,
  type Running,
  repeat,
} from '@medcenter/stage-04-redis/app';
import { v7 as uuidv7 } from 'uuid';
import type { ConfigOf, variables } from '../config/index.ts';
import { createLogger } from '../observability/index.ts';
import { migrations, sqlAudit, sqlInbox, sqlStatistics, withOutbox } from '../repository/index.ts';
import {
  createAppointmentRegistry,
  createAuditReader,
  createDoctorRegistry,
  createPatientRegistry,
  createStatistics,
  createSystemClock,
} from '../service/index.ts';
import { createAccountRegistry, createPasswords, createSignIn } from '../session/index.ts';
import {
  accessHeaders,
  accessStatusByCode,
  addAccess,
  addClinicRoutes,
  auditRoutes,
  authRoutes,
  type CurrentRequest,
  createHttpApp,
  documentAccess,
  eventAccessRules,
  isOwnAppointment,
  securitySchemes,
  statisticsRoutes,
} from '../transport/http/index.ts';
import { createNewEvent } from './new-event.ts';
import { describeLog, describeNotifier, openLog } from './open-log.ts';
import { startWorkers } from './start-workers.ts';

const SWEEP_MS = 60 * 60 * 1_000;
/** Longer than a message can wait to be handed in once more. */
const INBOX_MS = 30 * 24 * 60 * 60 * 1_000;

/** Puts the parts of this stage together and listens. The log goes to `out`. */
export function start(config: ConfigOf<typeof variables>, out: Writable): Promise<Running> {
  return assemble(async (stack) => {
    const logger = createLogger({ level: config.LOG_LEVEL, service: 'medcenter', out });
    const clock = createSystemClock();
    const current = new AsyncLocalStorage<CurrentRequest>();
    const adapters = await openAdapters(stack, config, {
      clock,
      migrations,
      onRedisChange: (error) =>
        error ? logger.warn({ err: error }, 'Redis does not answer') : logger.info('Redis answers again'),
      onRedisRefusal: (error) => logger.warn({ err: error }, 'Redis refuses'),
    });
    const { storage: stored, sessions, throttle } = adapters;
    const told = withOutbox(stored, { newEvent: createNewEvent(clock), onCommit: () => relay.wake() });
    // The copies and the audit are around that which tells of its changes.
    const { storage, auditLog } = openRecords(
      stack,
      { ...adapters, storage: told },
      {
        clock,
        actor: () => current.getStore(),
        onLook: (result) => Object.assign(current.getStore() ?? {}, { cache: result }),
      },
    );

    const events = stack.adopt(await openLog(config, clock), (opened) => opened.close());
    const relay = await startWorkers(stack, config, { storage: stored, log: events, clock, logger });

    const deps = { storage, newId: uuidv7, clock };
    const patients = createPatientRegistry(deps);
    const doctors = createDoctorRegistry(deps);
    const appointments = createAppointmentRegistry(deps);
    const audit = createAuditReader(sqlAudit(stored.sql));
    const statistics = createStatistics(sqlStatistics(stored.sql));

    const passwords = createPasswords({ ln: config.PASSWORD_HASH_COST });
    const accountDeps = { storage: stored, sessions, passwords, newId: uuidv7, clock };
    const accounts = createAccountRegistry(accountDeps);
    const ttlMs = config.SESSION_TTL_SECONDS * 1_000;
    const signIn = createSignIn({ ...accountDeps, throttle, ttlMs });

    const app = await createHttpApp(
      { patients, clock },
      {
        logger,
        corsOrigins: config.CORS_ORIGINS,
        exposedHeaders: accessHeaders,
        statuses: accessStatusByCode,
        securitySchemes,
        onRoute: documentAccess(eventAccessRules),
      },
    );
    addAccess(app, {
      rules: eventAccessRules,
      signIn,
      isOwn: isOwnAppointment(appointments),
      onDenied: auditLog.appendDenial,
      current,
    });
    addClinicRoutes(app, { doctors, appointments, clock });
    app.register(authRoutes, { signIn });
    app.register(auditRoutes, { prefix: '/api/v1', audit });
    app.register(statisticsRoutes, { prefix: '/api/v1', statistics });
    stack.defer(() => app.close());
    // Listening first, so that a start that fails has made no account. Whoever asks before all is there and said, waits.
    const opened = Promise.withResolvers<void>();
    app.addHook('onRequest', () => opened.promise);
    stack.defer(() => opened.resolve());
    const url = await app.listen({ host: config.HOST, port: config.PORT });
    const adminPassword = await accounts.ensureAdmin(config.ADMIN_PASSWORD);

    const sweep = async () => {
      await appointments.sweepIdempotencyKeys();
      await sessions.sweep();
      const before = new Date(clock.now().getTime() - INBOX_MS);
      await stored.transaction((tx) => sqlInbox(tx.sql).sweep(before.toISOString()));
    };
    const onError = (error: unknown) => logger.warn({ err: error }, 'what is over was not swept');
    stack.use(repeat(sweep, { everyMs: SWEEP_MS, onError }));
    const needs = [
      ...(await describeNeeds(config, adapters.redis)),
      describeLog(config),
      describeNotifier(config),
      ...describeFirstAccount(config.ADMIN_PASSWORD, adminPassword),
    ];
    setImmediate(() => opened.resolve());
    return { url, needs };
  });
}
