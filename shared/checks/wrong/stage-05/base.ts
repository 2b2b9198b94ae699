import { AsyncLocalStorage } from 'node:async_hooks';
import {
  assemble,
  createNewEvent,
  openAdapters,
  openLog,
  openNotifier,
  openRecords,
  type Running,
  runCommandLine,
  serve,
} from '@medcenter/stage-05-events/app';
import { createTerminal } from '@medcenter/stage-05-events/cli';
import { type ConfigOf, readConfig, variables } from '@medcenter/stage-05-events/config';
import type { AppointmentEvent } from '@medcenter/stage-05-events/domain';
import {
  countEvent,
  type EventLog,
  type Notifier,
  REMINDERS_GROUP,
  STATISTICS_GROUP,
  scheduleReminder,
  startConsumer,
  startRelay,
  startReminderSender,
  type Worker,
} from '@medcenter/stage-05-events/events';
import { createLogger } from '@medcenter/stage-05-events/observability';
import {
  type ClinicStorage,
  migrations,
  sqlStatistics,
  withOutbox,
} from '@medcenter/stage-05-events/repository';
import {
  createAppointmentRegistry,
  createDoctorRegistry,
  createPatientRegistry,
  createStatistics,
  createSystemClock,
  type Statistics,
} from '@medcenter/stage-05-events/service';
import { createAccountRegistry, createPasswords, createSignIn } from '@medcenter/stage-05-events/session';
import {
  accessHeaders,
  accessStatusByCode,
  addAccess,
  addClinicRoutes,
  authRoutes,
  type CurrentRequest,
  createHttpApp,
  eventAccessRules,
  isOwnAppointment,
  securitySchemes,
  statisticsRoutes,
} from '@medcenter/stage-05-events/transport/http';
import { v7 as uuidv7 } from 'uuid';

export type { Wrong } from '../stage-01/base.ts';

export type Config = ConfigOf<typeof variables>;
type NewEvent = ReturnType<typeof createNewEvent>;
type Handle = (event: AppointmentEvent) => Promise<void>;
export type ConsumerOptions = Parameters<typeof startConsumer>[0];

/** What the parts stand on. */
export interface Ground {
  /** Without the outbox. */
  stored: ClinicStorage;
  log: EventLog;
  newEvent: NewEvent;
}

/** What a wrong program does otherwise: each makes its part of the right one. */
export interface Replaced {
  newEvent?(newEvent: NewEvent): NewEvent;
  log?(log: EventLog): EventLog;
  /** In the place of the storage with the outbox. */
  told?(told: ClinicStorage, ground: Ground): ClinicStorage;
  relay?(ground: Ground): Worker;
  count?(count: Handle, ground: Ground): Handle;
  schedule?(schedule: Handle, ground: Ground): Handle;
  consumer?(options: ConsumerOptions): AsyncDisposable;
  notifier?(notifier: Notifier): Notifier;
  /** What the sender of reminders reads and writes. */
  senderStorage?(stored: ClinicStorage): ClinicStorage;
  statistics?(statistics: Statistics): Statistics;
  /** Done once, before anybody works. */
  begin?(stored: ClinicStorage): Promise<void>;
  /** In the place of a command. */
  commands?: Readonly<Record<string, (stack: AsyncDisposableStack, config: Config) => Promise<void>>>;
}

export const clock = createSystemClock();
const same = <T>(part: T): T => part;

/** The database and the log, as the stage opens them. */
export async function openGround(
  stack: AsyncDisposableStack,
  config: Config,
  replaced: Replaced = {},
): Promise<Ground & Awaited<ReturnType<typeof openAdapters>>> {
  const adapters = await openAdapters(stack, config, { clock, migrations });
  const opened = stack.adopt(await openLog(config, clock), (log) => log.close());
  const newEvent = (replaced.newEvent ?? same)(createNewEvent(clock));
  return { ...adapters, stored: adapters.storage, log: (replaced.log ?? same)(opened), newEvent };
}

async function startWorkers(
  stack: AsyncDisposableStack,
  { config, ground, replaced }: { config: Config; ground: Ground; replaced: Replaced },
): Promise<Worker> {
  const { stored, log } = ground;
  const deps = { storage: stored, clock };
  const quiet = { onTrouble: () => {} };
  const relay = stack.use(replaced.relay?.(ground) ?? startRelay({ ...deps, log, ...quiet }));
  const start = replaced.consumer ?? startConsumer;
  const consume = (group: string, handle: Handle) => stack.use(start({ log, group, handle, ...quiet }));
  const schedule = scheduleReminder({ ...deps, leadHours: config.REMINDER_LEAD_HOURS });
  consume(STATISTICS_GROUP, (replaced.count ?? same)(countEvent(deps), ground));
  consume(REMINDERS_GROUP, (replaced.schedule ?? same)(schedule, ground));
  const notifier = (replaced.notifier ?? same)(await openNotifier(config, () => {}));
  const storage = (replaced.senderStorage ?? same)(stored);
  stack.use(startReminderSender({ ...deps, storage, notifier, ...quiet }));
  return relay;
}

/**
 * The real stage 5, put together of its own parts as its `start` does it. The wrong programs beside it are this one
 * with a part replaced, so what a check finds in them can only be that part.
 */
function start(config: Config, replaced: Replaced): Promise<Running> {
  return assemble(async (stack) => {
    const logger = createLogger({ level: config.LOG_LEVEL, service: 'medcenter', out: process.stdout });
    const current = new AsyncLocalStorage<CurrentRequest>();
    const ground = await openGround(stack, config, replaced);
    const { stored, sessions, throttle, cache, newEvent } = ground;
    await replaced.begin?.(stored);
    const right = withOutbox(stored, { newEvent, onCommit: () => relay.wake() });
    const told = replaced.told?.(right, ground) ?? right;
    const { storage, auditLog } = openRecords(
      stack,
      { storage: told, cache },
      { clock, actor: () => current.getStore() },
    );
    const relay = await startWorkers(stack, { config, ground, replaced });

    const deps = { storage, newId: uuidv7, clock };
    const appointments = createAppointmentRegistry(deps);
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
    const isOwn = isOwnAppointment(appointments);
    addAccess(app, { rules: eventAccessRules, signIn, isOwn, onDenied: auditLog.appendDenial, current });
    addClinicRoutes(app, { doctors: createDoctorRegistry(deps), appointments, clock });
    app.register(authRoutes, { signIn });
    const statistics = (replaced.statistics ?? same)(createStatistics(sqlStatistics(stored.sql)));
    app.register(statisticsRoutes, { prefix: '/api/v1', statistics });
    stack.defer(() => app.close());
    return { url: await app.listen({ host: config.HOST, port: config.PORT }), needs: [] };
  });
}

/** Runs the server, or with words behind it one command, with some of the parts replaced. */
export async function main(replaced: Replaced = {}): Promise<void> {
  const terminal = createTerminal(process.stdout, process.stderr);
  const argv = process.argv.slice(2);
  try {
    const config = readConfig(variables, process.env);
    const command = replaced.commands?.[String(argv[0])];
    if (command) {
      await using stack = new AsyncDisposableStack();
      await command(stack, config);
      return;
    }
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
