import { AsyncLocalStorage } from 'node:async_hooks';
import {
  actorIn,
  assemble,
  createNewEvent,
  metadataOf,
  openAdapters,
  openLog,
  openRecords,
  ProgramFailed,
  type Running,
  type RunningSchedule,
  runCommandLine,
  SCHEDULE_READY,
  type SupervisedProgram,
  serve,
  serveSchedule,
  startWorkers,
  superviseProcess,
} from '@medcenter/stage-06-grpc/app';
import { createTerminal } from '@medcenter/stage-06-grpc/cli';
import { type ConfigOf, environmentOf, readConfig, variables } from '@medcenter/stage-06-grpc/config';
import type { Actor, TimeZones } from '@medcenter/stage-06-grpc/domain';
import { createLogger } from '@medcenter/stage-06-grpc/observability';
import {
  type AppointmentTimes,
  type ClinicStorage,
  migrations,
  sqlAppointmentTimes,
  sqlSchedules,
  sqlStatistics,
  withOutbox,
  withSlots,
} from '@medcenter/stage-06-grpc/repository';
import {
  type AppointmentRegistry,
  createAppointmentRegistry,
  createDoctorRegistry,
  createPatientRegistry,
  createScheduleService,
  createStatistics,
  createSystemClock,
  createTimeZones,
  type ScheduleService,
  withRemoteBooking,
} from '@medcenter/stage-06-grpc/service';
import { createAccountRegistry, createPasswords, createSignIn } from '@medcenter/stage-06-grpc/session';
import {
  addConnectDoor,
  connectAccessRules,
  openGrpcServer,
  openScheduleClient,
} from '@medcenter/stage-06-grpc/transport/grpc';
import {
  type AccessRules,
  accessHeaders,
  accessStatusByCode,
  addAccess,
  addClinicRoutes,
  authRoutes,
  type CurrentRequest,
  createHttpApp,
  dayStreamRoutes,
  isOwnAppointment,
  scheduleAccessRules,
  scheduleRoutes,
  securitySchemes,
  statisticsRoutes,
} from '@medcenter/stage-06-grpc/transport/http';
import { v7 as uuidv7 } from 'uuid';

export type { Wrong } from '../stage-01/base.ts';

export type Config = ConfigOf<typeof variables>;

/** What the schedule service stands on. */
export interface Ground {
  /** Without the slots' rule, the outbox and the records. */
  stored: ClinicStorage;
  /** With all of them. */
  storage: ClinicStorage;
  zones: TimeZones;
  appointments: AppointmentRegistry;
  times: AppointmentTimes;
}

/** What a wrong program does otherwise: each makes its part of the right one. */
export interface Replaced {
  zones?(zones: TimeZones): TimeZones;
  times?(times: AppointmentTimes): AppointmentTimes;
  /** In the place of the storage that refuses what is no slot; in both processes. */
  bySlots?(told: ClinicStorage, zones: TimeZones): ClinicStorage;
  /** What the schedule service does, whoever calls it. */
  service?(service: ScheduleService, ground: Ground): ScheduleService;
  /** What the API calls. */
  client?(client: ScheduleService): ScheduleService;
  /** How long the API waits for an answer. */
  deadlineMs?: number;
  rules?(rules: AccessRules): AccessRules;
  /** Gives the address of a schedule service; it ends with the stack. */
  runSchedule?(stack: AsyncDisposableStack, config: Config): Promise<string>;
}

export const clock = createSystemClock();
const same = <T>(part: T): T => part;

/** The program that runs: the schedule service is the same one with a word behind it. */
const MAIN = process.argv[1] ?? '';

function createSlotStorage(told: ClinicStorage, zones: TimeZones, replaced: Replaced): ClinicStorage {
  return replaced.bySlots?.(told, zones) ?? withSlots(told, { zones });
}

/** The schedule service, put together of its own parts as the stage does it. */
function startSchedule(config: Config, replaced: Replaced): Promise<RunningSchedule> {
  return assemble(async (stack) => {
    const current = new AsyncLocalStorage<Actor>();
    const adapters = await openAdapters(stack, config, { clock, migrations });
    const { storage: stored } = adapters;
    const zones = (replaced.zones ?? same)(createTimeZones());
    const told = withOutbox(stored, { newEvent: createNewEvent(clock), onCommit: () => {} });
    const bySlots = { ...adapters, storage: createSlotStorage(told, zones, replaced) };
    const { storage } = openRecords(stack, bySlots, { clock, actor: () => current.getStore() });

    const deps = { storage, newId: uuidv7, clock };
    const appointments = createAppointmentRegistry(deps);
    const times = (replaced.times ?? same)(sqlAppointmentTimes(stored.sql));
    const right = createScheduleService({ ...deps, schedulesOver: sqlSchedules, times, appointments, zones });
    const ground = { stored, storage, zones, appointments, times };
    const server = await openGrpcServer({
      host: config.HOST,
      port: config.GRPC_PORT,
      service: replaced.service?.(right, ground) ?? right,
      runAs: ({ metadata }, work) => current.run(actorIn(metadata), work),
      onError: () => {},
    });
    stack.defer(() => server.close());
    return { address: server.address, needs: [] };
  });
}

/** The schedule service over the same ground, with a part that is another. */
export function createOtherService(
  { storage, zones, appointments, times }: Ground,
  changes: Partial<Parameters<typeof createScheduleService>[0]>,
): ScheduleService {
  const parts = { storage, zones, appointments, times, clock };
  return createScheduleService({ ...parts, newId: uuidv7, schedulesOver: sqlSchedules, ...changes });
}

/** Starts the schedule service, and starts it again when it dies, at the same place. */
export async function runSchedule(
  stack: AsyncDisposableStack,
  config: Config,
  limits: SupervisedProgram['limits'] = {},
): Promise<string> {
  const env: Record<string, string | undefined> = { ...environmentOf(config), HOST: '127.0.0.1' };
  let address = '';
  const supervised = await superviseProcess({
    ...{ command: process.execPath, args: [MAIN, 'schedule'], env, limits },
    isReady: (line) => SCHEDULE_READY.test(line),
    onLine(line, from) {
      const [, told, port] = SCHEDULE_READY.exec(line) ?? [];
      if (told === undefined) process[from].write(`${line}\n`);
      else {
        address = told;
        env.GRPC_PORT = port;
      }
    },
  });
  stack.use(supervised);
  return address;
}

/**
 * The real stage 6, put together of its own parts as its `start` does it. The wrong programs beside it are this one
 * with a part replaced, so what a check finds in them can only be that part.
 */
function start(config: Config, replaced: Replaced): Promise<Running> {
  return assemble(async (stack) => {
    const logger = createLogger({ level: config.LOG_LEVEL, service: 'medcenter', out: process.stdout });
    const current = new AsyncLocalStorage<CurrentRequest>();
    const address = config.SCHEDULE_ADDRESS ?? (await (replaced.runSchedule ?? runSchedule)(stack, config));
    const adapters = await openAdapters(stack, config, { clock, migrations });
    const { storage: stored, sessions, throttle } = adapters;
    const zones = (replaced.zones ?? same)(createTimeZones());
    const told = withOutbox(stored, { newEvent: createNewEvent(clock), onCommit: () => relay.wake() });
    const bySlots = { ...adapters, storage: createSlotStorage(told, zones, replaced) };
    const { storage, auditLog } = openRecords(stack, bySlots, { clock, actor: () => current.getStore() });
    const events = stack.adopt(await openLog(config, clock), (opened) => opened.close());
    const relay = await startWorkers(stack, config, { storage: stored, log: events, clock, logger });

    const client = openScheduleClient({
      address,
      deadlineMs: replaced.deadlineMs ?? config.SCHEDULE_DEADLINE_MS,
      metadata: () => metadataOf(current.getStore()),
    });
    stack.defer(() => client.close());
    const schedules = (replaced.client ?? same<ScheduleService>)(client);

    const deps = { storage, newId: uuidv7, clock };
    const appointments = withRemoteBooking(createAppointmentRegistry(deps), schedules, clock);
    const passwords = createPasswords({ ln: config.PASSWORD_HASH_COST });
    const accountDeps = { storage: stored, sessions, passwords, newId: uuidv7, clock };
    await createAccountRegistry(accountDeps).ensureAdmin(config.ADMIN_PASSWORD);
    const signIn = createSignIn({ ...accountDeps, throttle, ttlMs: config.SESSION_TTL_SECONDS * 1_000 });

    const app = await createHttpApp(
      { patients: createPatientRegistry(deps), clock },
      {
        ...{ logger, corsOrigins: config.CORS_ORIGINS, exposedHeaders: accessHeaders },
        ...{ statuses: accessStatusByCode, securitySchemes },
      },
    );
    const rules = (replaced.rules ?? same<AccessRules>)({ ...scheduleAccessRules, ...connectAccessRules });
    const isOwn = isOwnAppointment(appointments);
    addAccess(app, { rules, signIn, isOwn, onDenied: auditLog.appendDenial, current });
    addClinicRoutes(app, { doctors: createDoctorRegistry(deps), appointments, clock });
    app.register(authRoutes, { signIn });
    const statistics = createStatistics(sqlStatistics(stored.sql));
    app.register(statisticsRoutes, { prefix: '/api/v1', statistics });
    app.register(scheduleRoutes, { prefix: '/api/v1', schedules, zones });
    app.register(dayStreamRoutes, { prefix: '/api/v1', schedules });
    addConnectDoor(app, { service: schedules, onError: () => {} });
    stack.defer(() => app.close());
    return { url: await app.listen({ host: config.HOST, port: config.PORT }), needs: [] };
  });
}

/** Runs the server, the schedule service or a command, with some of the parts replaced. */
export async function main(replaced: Replaced = {}): Promise<void> {
  const terminal = createTerminal(process.stdout, process.stderr);
  const argv = process.argv.slice(2);
  try {
    const config = readConfig(variables, process.env);
    if (argv[0] === 'schedule')
      process.exitCode = await serveSchedule(() => startSchedule(config, replaced), terminal.note);
    else
      process.exitCode =
        argv.length > 0
          ? await runCommandLine(config, argv, terminal)
          : await serve(() => start(config, replaced), terminal.note);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if (!(error instanceof ProgramFailed)) terminal.note(error.message);
    const { code } = error as NodeJS.ErrnoException;
    process.exitCode = code === 'config' ? 2 : 1;
  }
}

if (import.meta.main) await main();
