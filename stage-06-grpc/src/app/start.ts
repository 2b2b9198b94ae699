import { AsyncLocalStorage } from 'node:async_hooks';
import type { Writable } from 'node:stream';
import {
  assemble,
  createNewEvent,
  describeFirstAccount,
  describeLog,
  describeNeeds,
  describeNotifier,
  openAdapters,
  openLog,
  openRecords,
  type Running,
  repeat,
  startWorkers,
} from '@medcenter/stage-05-events/app';
import { v7 as uuidv7 } from 'uuid';
import type { ConfigOf, variables } from '../config/index.ts';
import { createLogger } from '../observability/index.ts';
import { migrations, sqlAudit, sqlInbox, sqlStatistics, withOutbox, withSlots } from '../repository/index.ts';
import {
  createAppointmentRegistry,
  createAuditReader,
  createDoctorRegistry,
  createPatientRegistry,
  createStatistics,
  createSystemClock,
  createTimeZones,
  type ScheduleService,
  withRemoteBooking,
} from '../service/index.ts';
import { createAccountRegistry, createPasswords, createSignIn } from '../session/index.ts';
import { addConnectDoor, connectAccessRules, openScheduleClient } from '../transport/grpc/index.ts';
import {
  accessHeaders,
  accessStatusByCode,
  addAccess,
  addClinicRoutes,
  auditDenials,
  auditRoutes,
  authRoutes,
  type CurrentRequest,
  createHttpApp,
  dayStreamRoutes,
  documentAccess,
  isOwnAppointment,
  scheduleAccessRules,
  scheduleRoutes,
  securitySchemes,
  statisticsRoutes,
} from '../transport/http/index.ts';
import { metadataOf } from './callers.ts';
import { findSchedule } from './find-schedule.ts';

const SWEEP_MS = 60 * 60 * 1_000;
/** Longer than a message can wait to be handed in once more. */
const INBOX_MS = 30 * 24 * 60 * 60 * 1_000;

/** Puts the parts of this stage together and listens. The log goes to `out`. */
export function start(config: ConfigOf<typeof variables>, out: Writable): Promise<Running> {
  return assemble(async (stack) => {
    const logger = createLogger({ level: config.LOG_LEVEL, service: 'medcenter', out });
    const clock = createSystemClock();
    const current = new AsyncLocalStorage<CurrentRequest>();
    // First, so that it brings the tables up to date while nobody else is at them, and ends last.
    const schedule = await findSchedule(stack, config, { logger, out });
    const adapters = await openAdapters(stack, config, {
      clock,
      migrations,
      onRedisChange: (error) =>
        error ? logger.warn({ err: error }, 'Redis does not answer') : logger.info('Redis answers again'),
      onRedisRefusal: (error) => logger.warn({ err: error }, 'Redis refuses'),
    });
    const { storage: stored, sessions, throttle } = adapters;
    const zones = createTimeZones();
    const told = withOutbox(stored, { newEvent: createNewEvent(clock), onCommit: () => relay.wake() });
    // The copies and the audit are around that which tells of its changes.
    const { storage, auditLog } = openRecords(
      stack,
      { ...adapters, storage: withSlots(told, { zones }) },
      {
        clock,
        actor: () => current.getStore(),
        onLook: (result) => Object.assign(current.getStore() ?? {}, { cache: result }),
      },
    );

    const client = openScheduleClient({
      address: schedule.address,
      deadlineMs: config.SCHEDULE_DEADLINE_MS,
      metadata: () => metadataOf(current.getStore()),
      onChange: (error) =>
        error
          ? logger.warn({ err: error }, 'the schedule service does not answer')
          : logger.info('the schedule service answers again'),
    });
    stack.defer(() => client.close());
    const schedules: ScheduleService = {
      ...client,
      async bookSlot(...booking) {
        const appointment = await client.bookSlot(...booking);
        relay.wake(); // The other process has put the event into the outbox.
        return appointment;
      },
    };

    const events = stack.adopt(await openLog(config, clock), (opened) => opened.close());
    const relay = await startWorkers(stack, config, { storage: stored, log: events, clock, logger });

    const deps = { storage, newId: uuidv7, clock };
    const patients = createPatientRegistry(deps);
    const doctors = createDoctorRegistry(deps);
    const appointments = withRemoteBooking(createAppointmentRegistry(deps), schedules, clock);
    const audit = createAuditReader(sqlAudit(stored.sql));
    const statistics = createStatistics(sqlStatistics(stored.sql));

    const passwords = createPasswords({ ln: config.PASSWORD_HASH_COST });
    const accountDeps = { storage: stored, sessions, passwords, newId: uuidv7, clock };
    const accounts = createAccountRegistry(accountDeps);
    const ttlMs = config.SESSION_TTL_SECONDS * 1_000;
    const signIn = createSignIn({ ...accountDeps, throttle, ttlMs });

    const rules = { ...scheduleAccessRules, ...connectAccessRules };
    const app = await createHttpApp(
      { patients, clock },
      {
        logger,
        corsOrigins: config.CORS_ORIGINS,
        exposedHeaders: accessHeaders,
        statuses: accessStatusByCode,
        securitySchemes,
        onRoute: documentAccess(rules),
      },
    );
    addAccess(app, {
      rules,
      signIn,
      isOwn: isOwnAppointment(appointments),
      onDenied: auditLog.appendDenial,
      current,
    });
    auditDenials(app, auditLog.appendDenial);
    addClinicRoutes(app, { doctors, appointments, clock });
    app.register(authRoutes, { signIn });
    app.register(auditRoutes, { prefix: '/api/v1', audit });
    app.register(statisticsRoutes, { prefix: '/api/v1', statistics });
    app.register(scheduleRoutes, { prefix: '/api/v1', schedules, zones });
    const stillAllowed = ({ token = '' }: { readonly token?: string }) => signIn.check(token);
    app.register(dayStreamRoutes, {
      prefix: '/api/v1',
      schedules,
      stillAllowed,
      onTrouble: (error, { id: requestId }) =>
        logger.warn({ err: error, requestId }, 'a stream was broken off'),
    });
    await addConnectDoor(app, {
      service: schedules,
      stillAllowed,
      onError: (error, call) => logger.error({ err: error, ...call }, 'call failed'),
    });
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
      schedule.need,
      ...describeFirstAccount(config.ADMIN_PASSWORD, adminPassword),
    ];
    setImmediate(() => opened.resolve());
    return { url, needs };
  });
}
