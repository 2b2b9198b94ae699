import { AsyncLocalStorage } from 'node:async_hooks';
import type { Writable } from 'node:stream';
import {
  assemble,
  createNewEvent,
  describeNeeds,
  openAdapters,
  openRecords,
} from '@medcenter/stage-05-events/app';
import { v7 as uuidv7 } from 'uuid';
import type { ConfigOf, variables } from '../config/index.ts';
import type { Actor } from '../domain/index.ts';
import { createLogger } from '../observability/index.ts';
import {
  migrations,
  openDatabase,
  sqlAppointmentTimes,
  sqlSchedules,
  withOutbox,
  withSlots,
} from '../repository/index.ts';
import {
  createAppointmentRegistry,
  createScheduleService,
  createSystemClock,
  createTimeZones,
} from '../service/index.ts';
import { type Caller, openGrpcServer } from '../transport/grpc/index.ts';
import { actorIn } from './callers.ts';

/** A schedule service that answers. Disposing of it closes everything it opened. */
export interface RunningSchedule extends AsyncDisposable {
  /** Such as `127.0.0.1:50051`. */
  readonly address: string;
  /** A line for each thing that it needs: which adapter serves it, and where. */
  readonly needs: readonly string[];
}

/** Puts the parts of the schedule service together and listens. The log goes to `out`. */
export function startSchedule(config: ConfigOf<typeof variables>, out: Writable): Promise<RunningSchedule> {
  return assemble(async (stack) => {
    const logger = createLogger({ level: config.LOG_LEVEL, service: 'medcenter-schedule', out });
    const clock = createSystemClock();
    const current = new AsyncLocalStorage<Actor & Pick<Caller, 'signal'>>();
    const signalOf = () => current.getStore()?.signal;
    const adapters = await openAdapters(stack, config, {
      clock,
      migrations,
      // Nobody waits any more for a query whose caller has left.
      openDatabase: (options, folders) => openDatabase({ ...options, signalOf }, folders),
      onRedisChange: (error) =>
        error ? logger.warn({ err: error }, 'Redis does not answer') : logger.info('Redis answers again'),
      onRedisRefusal: (error) => logger.warn({ err: error }, 'Redis refuses'),
    });
    const { storage: stored } = adapters;
    const zones = createTimeZones();
    // What is in the outbox then, the API's relay tells: it is the same outbox.
    const told = withOutbox(stored, { newEvent: createNewEvent(clock), onCommit: () => {} });
    const bySlots = { ...adapters, storage: withSlots(told, { zones }) };
    const { storage } = openRecords(stack, bySlots, { clock, actor: () => current.getStore() });

    const deps = { storage, newId: uuidv7, clock };
    const appointments = createAppointmentRegistry(deps);
    const tables = { schedulesOver: sqlSchedules, times: sqlAppointmentTimes(stored.sql) };
    const service = createScheduleService({ ...deps, ...tables, appointments, zones });

    const server = await openGrpcServer({
      host: config.HOST,
      port: config.GRPC_PORT,
      service,
      runAs: ({ metadata, signal }, work) => current.run({ ...actorIn(metadata), signal }, work),
      onError: (error, call) => logger.error({ err: error, ...call }, 'call failed'),
    });
    stack.defer(() => server.close());
    return { address: server.address, needs: await describeNeeds(config, adapters.redis) };
  });
}
