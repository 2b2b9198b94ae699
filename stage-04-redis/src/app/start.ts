import { AsyncLocalStorage } from 'node:async_hooks';
import type { Writable } from 'node:stream';
import { assemble, type Running, repeat } from '@medcenter/stage-03-postgres/app';
import { v7 as uuidv7 } from 'uuid';
import type { ConfigOf, variables } from '../config/index.ts';
import { createLogger } from '../observability/index.ts';
import { migrations, sqlAudit } from '../repository/index.ts';
import {
  createAppointmentRegistry,
  createAuditReader,
  createDoctorRegistry,
  createPatientRegistry,
  createSystemClock,
} from '../service/index.ts';
import { createAccountRegistry, createPasswords, createSignIn } from '../session/index.ts';
import {
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
} from '../transport/http/index.ts';
import { describeFirstAccount, describeNeeds } from './describe-needs.ts';
import { openAdapters } from './open-adapters.ts';
import { openRecords } from './open-records.ts';

const SWEEP_MS = 60 * 60 * 1_000;

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
    const { storage, auditLog } = openRecords(stack, adapters, {
      clock,
      actor: () => current.getStore(),
      onLook: (result) => Object.assign(current.getStore() ?? {}, { cache: result }),
    });

    const deps = { storage, newId: uuidv7, clock };
    const patients = createPatientRegistry(deps);
    const doctors = createDoctorRegistry(deps);
    const appointments = createAppointmentRegistry(deps);
    const audit = createAuditReader(sqlAudit(stored.sql));

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
        onRoute: documentAccess(accessRules),
      },
    );
    addAccess(app, {
      rules: accessRules,
      signIn,
      isOwn: isOwnAppointment(appointments),
      onDenied: auditLog.appendDenial,
      current,
    });
    addClinicRoutes(app, { doctors, appointments, clock });
    app.register(authRoutes, { signIn });
    app.register(auditRoutes, { prefix: '/api/v1', audit });
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
    };
    const onError = (error: unknown) => logger.warn({ err: error }, 'what is over was not swept');
    stack.use(repeat(sweep, { everyMs: SWEEP_MS, onError }));
    const needs = [
      ...(await describeNeeds(config, adapters.redis)),
      ...describeFirstAccount(config.ADMIN_PASSWORD, adminPassword),
    ];
    setImmediate(() => opened.resolve());
    return { url, needs };
  });
}
