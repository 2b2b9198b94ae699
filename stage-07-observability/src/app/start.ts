import { AsyncLocalStorage } from 'node:async_hooks';
import type { Writable } from 'node:stream';
import {
  assemble,
  createNewEvent,
  describeFirstAccount,
  describeLog,
  describeNeeds,
  describeNotifier,
  findSchedule,
  metadataOf,
  openAdapters,
  openLog,
  openRecords,
  repeat,
  startWorkers,
} from '@medcenter/stage-06-grpc/app';
import { v7 as uuidv7 } from 'uuid';
import { withCacheSpans } from '../cache/index.ts';
import type { ConfigOf, variables } from '../config/index.ts';
import { EVENT_TOPICS, withEventTraces, withTraceparent } from '../events/index.ts';
import { mergeMetrics } from '../observability/index.ts';
import {
  countPendingEvents,
  migrations,
  sqlAudit,
  sqlInbox,
  sqlStatistics,
  withOutbox,
  withSlots,
} from '../repository/index.ts';
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
  withSpans,
} from '../service/index.ts';
import { createAccountRegistry, createPasswords, createSignIn } from '../session/index.ts';
import {
  addConnectDoor,
  connectAccessRules,
  openHealthClient,
  openScheduleClient,
} from '../transport/grpc/index.ts';
import {
  accessHeaders,
  accessStatusByCode,
  addAccess,
  addClinicRoutes,
  addLoadGuard,
  auditDenials,
  auditRoutes,
  authRoutes,
  type CurrentRequest,
  createHttpApp,
  createReadiness,
  dayStreamRoutes,
  documentAccess,
  farewell,
  isOwnAppointment,
  observeRequests,
  operationsAccessRules,
  operationsRoutes,
  scheduleAccessRules,
  scheduleRoutes,
  securitySchemes,
  statisticsRoutes,
} from '../transport/http/index.ts';
import { createMetricsOfChild } from './metrics-over-channel.ts';
import { consumerLags } from './consumer-lags.ts';
import { observedDatabase, openObservability } from './open-observability.ts';
import { readinessChecks } from './readiness-checks.ts';
import type { RunningObserved } from './serve-gracefully.ts';
import { createClosingSteps } from './serve-gracefully-steps.ts';

const MAIN = new URL('../main.ts', import.meta.url);
const SWEEP_MS = 60 * 60 * 1_000;
/** Longer than a message can wait to be handed in once more. */
const INBOX_MS = 30 * 24 * 60 * 60 * 1_000;

/** Puts the parts of this stage together and listens. The log goes to `out`. */
export function start(config: ConfigOf<typeof variables>, out: Writable): Promise<RunningObserved> {
  return assemble(async (stack) => {
    const clock = createSystemClock();
    const closing = createClosingSteps();
    const current = new AsyncLocalStorage<CurrentRequest>();
    const observability = await openObservability(stack, config, {
      service: 'medcenter',
      process: 'api',
      out,
      requestId: () => current.getStore()?.requestId,
    });
    const { logger, tracing, metrics } = observability;
    const traced = <T extends object>(name: string, service: T) => withSpans(name, service, tracing);

    // The first of all that it needs, so that it brings the tables up to date while nobody else is at them.
    const metricsOfChild = createMetricsOfChild();
    const schedule = await findSchedule(closing.part(stack, 'schedule'), config, {
      logger,
      out,
      main: MAIN,
      onMessage: metricsOfChild.hear,
      // Before the hard end, so that one that stands still is not left behind.
      limits: { stopMs: config.SHUTDOWN_TIMEOUT_MS / 2 },
    });
    const adapters = await openAdapters(closing.part(stack, 'storage'), config, {
      clock,
      migrations,
      openDatabase: observedDatabase(observability),
      onRedisChange: (error) =>
        error ? logger.warn({ err: error }, 'Redis does not answer') : logger.info('Redis answers again'),
      onRedisRefusal: (error) => logger.warn({ err: error }, 'Redis refuses'),
    });
    const { storage: stored, sessions, throttle, redis } = adapters;
    const zones = createTimeZones();
    const newEvent = withTraceparent(createNewEvent(clock), tracing);
    const told = withOutbox(stored, { newEvent, onCommit: () => relay.wake() });
    // The copies and the audit are around that which tells of its changes.
    const { storage, auditLog } = openRecords(
      stack,
      { storage: withSlots(told, { zones }), cache: withCacheSpans(adapters.cache, tracing) },
      {
        clock,
        actor: () => current.getStore(),
        onLook(result) {
          Object.assign(current.getStore() ?? {}, { cache: result });
          metrics.looked(result);
          logger.debug({ cache: result }, 'a patient was looked up');
        },
      },
    );

    const health = openHealthClient(schedule.address);
    stack.defer(() => health.close());
    const client = openScheduleClient({
      address: schedule.address,
      deadlineMs: config.SCHEDULE_DEADLINE_MS,
      metadata: () => ({ ...metadataOf(current.getStore()), ...tracing.outgoing() }),
      onChange: (error) =>
        error
          ? logger.warn({ err: error }, 'the schedule service does not answer')
          : logger.info('the schedule service answers again'),
    });
    stack.defer(() => client.close());
    const schedules: ScheduleService = withSpans(
      'ScheduleClient',
      {
        ...client,
        async bookSlot(...booking: Parameters<ScheduleService['bookSlot']>) {
          const appointment = await client.bookSlot(...booking);
          relay.wake(); // The other process has put the event into the outbox.
          return appointment;
        },
      },
      tracing,
      'client',
    );

    const events = await openLog(config, clock);
    closing.part(stack, 'events').defer(() => events.close());
    const system = config.KAFKA_BROKERS ? 'kafka' : 'sqlite';
    const log = withEventTraces(events, { tracing, metrics, logger, system });
    for (const topic of EVENT_TOPICS) metrics.deadLettered(topic, 0);
    const relay = await startWorkers(closing.part(stack, 'workers'), config, {
      storage: stored,
      log,
      clock,
      logger,
    });
    metrics.watch({ pendingEvents: () => countPendingEvents(stored.sql), lags: () => consumerLags(log) });

    const deps = { storage, newId: uuidv7, clock };
    const patients = traced('PatientRegistry', createPatientRegistry(deps));
    const doctors = traced('DoctorRegistry', createDoctorRegistry(deps));
    const registry = createAppointmentRegistry(deps);
    const appointments = traced('AppointmentRegistry', withRemoteBooking(registry, schedules, clock));
    const audit = traced('AuditReader', createAuditReader(sqlAudit(stored.sql)));
    const statistics = traced('Statistics', createStatistics(sqlStatistics(stored.sql)));

    const passwords = createPasswords({ ln: config.PASSWORD_HASH_COST });
    const accountDeps = { storage: stored, sessions, passwords, newId: uuidv7, clock };
    const accounts = createAccountRegistry(accountDeps);
    const ttlMs = config.SESSION_TTL_SECONDS * 1_000;
    const signIn = traced('SignIn', createSignIn({ ...accountDeps, throttle, ttlMs }));

    const rules = { ...scheduleAccessRules, ...connectAccessRules, ...operationsAccessRules };
    const requests = observeRequests({ tracing, metrics, logger });
    const app = await createHttpApp(
      { patients, clock },
      {
        logger,
        corsOrigins: config.CORS_ORIGINS,
        exposedHeaders: accessHeaders,
        statuses: accessStatusByCode,
        securitySchemes,
        onRoute: documentAccess(rules),
        onEnd: requests.onEnd,
      },
    );
    requests.follow(app);
    const sayFarewell = farewell(app);
    addLoadGuard(app, { limitMs: config.EVENT_LOOP_DELAY_LIMIT_MS });
    addAccess(app, {
      rules,
      signIn,
      isOwn: isOwnAppointment(appointments),
      onDenied: auditLog.appendDenial,
      current,
    });
    auditDenials(app, auditLog.appendDenial);
    let isStopping = false;
    app.register(operationsRoutes, {
      metrics: async (type) => {
        const others = schedule.child ? [await metricsOfChild.read(schedule.child)] : [];
        return mergeMetrics(metrics.registry, others, type);
      },
      readiness: createReadiness({
        checks: readinessChecks({ storage: stored, redis, log, health }),
        essential: ['storage'],
        isStopping: () => isStopping,
      }),
    });
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
    closing.part(stack, 'requests').defer(() => app.close());
    // Listening first, so that a start that fails has made no account. Whoever asks before all is there and said, waits.
    const allThere = Promise.withResolvers<void>();
    app.addHook('onRequest', () => allThere.promise);
    stack.defer(() => allThere.resolve());
    const url = await app.listen({ host: config.HOST, port: config.PORT });
    const adminPassword = await accounts.ensureAdmin(config.ADMIN_PASSWORD);

    const sweep = async () => {
      await registry.sweepIdempotencyKeys();
      await sessions.sweep();
      const before = new Date(clock.now().getTime() - INBOX_MS);
      await stored.transaction((tx) => sqlInbox(tx.sql).sweep(before.toISOString()));
    };
    const onError = (error: unknown) => logger.warn({ err: error }, 'what is over was not swept');
    stack.use(repeat(sweep, { everyMs: SWEEP_MS, onError }));
    const needs = [
      ...(await describeNeeds(config, redis)),
      describeLog(config),
      describeNotifier(config),
      schedule.need,
      ...describeFirstAccount(config.ADMIN_PASSWORD, adminPassword),
    ];
    setImmediate(() => allThere.resolve());
    return {
      ...observability,
      url,
      needs,
      schedule: schedule.child,
      unclosed: closing.unclosed,
      // It ends by itself when we are gone; but one that stands still hears of nothing.
      cutOff: () => schedule.child?.kill(),
      stopping() {
        isStopping = true;
        sayFarewell();
      },
    };
  });
}
