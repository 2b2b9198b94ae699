import { AsyncLocalStorage } from 'node:async_hooks';
import type { Writable } from 'node:stream';
import {
  assemble,
  createNewEvent,
  describeNeeds,
  openAdapters,
  openRecords,
  type RunningSchedule,
} from '@medcenter/stage-06-grpc/app';
import { v7 as uuidv7 } from 'uuid';
import { withCacheSpans } from '../cache/index.ts';
import type { ConfigOf, variables } from '../config/index.ts';
import { withTraceparent } from '../events/index.ts';
import { migrations, sqlAppointmentTimes, sqlSchedules, withOutbox, withSlots } from '../repository/index.ts';
import {
  createAppointmentRegistry,
  createScheduleService,
  createSystemClock,
  createTimeZones,
  withSpans,
} from '../service/index.ts';
import { observeCalls, openGrpcServer } from '../transport/grpc/index.ts';
import { type Observability, observedDatabase, openObservability } from './open-observability.ts';
import { type CurrentCall, observedCalls } from './observed-calls.ts';

export interface RunningScheduleObserved extends RunningSchedule, Observability {}

/** Puts the parts of the schedule service together and listens. The log goes to `out`. */
export function startSchedule(
  config: ConfigOf<typeof variables>,
  out: Writable,
): Promise<RunningScheduleObserved> {
  return assemble(async (stack) => {
    const clock = createSystemClock();
    const current = new AsyncLocalStorage<CurrentCall>();
    const observability = await openObservability(stack, config, {
      service: 'medcenter-schedule',
      process: 'schedule',
      out,
      requestId: () => current.getStore()?.requestId,
    });
    const { logger, tracing, metrics } = observability;
    const adapters = await openAdapters(stack, config, {
      clock,
      migrations,
      openDatabase: observedDatabase(observability, () => current.getStore()?.signal),
      onRedisChange: (error) =>
        error ? logger.warn({ err: error }, 'Redis does not answer') : logger.info('Redis answers again'),
      onRedisRefusal: (error) => logger.warn({ err: error }, 'Redis refuses'),
    });
    const { storage: stored } = adapters;
    const zones = createTimeZones();
    // What is in the outbox then, the API's relay tells: it is the same outbox.
    const newEvent = withTraceparent(createNewEvent(clock), tracing);
    const told = withOutbox(stored, { newEvent, onCommit: () => {} });
    const { storage } = openRecords(
      stack,
      { storage: withSlots(told, { zones }), cache: withCacheSpans(adapters.cache, tracing) },
      { clock, actor: () => current.getStore() },
    );

    const deps = { storage, newId: uuidv7, clock };
    const appointments = createAppointmentRegistry(deps);
    const tables = { schedulesOver: sqlSchedules, times: sqlAppointmentTimes(stored.sql) };
    const service = createScheduleService({ ...deps, ...tables, appointments, zones });

    const server = await openGrpcServer({
      host: config.HOST,
      port: config.GRPC_PORT,
      service: withSpans('ScheduleService', service, tracing),
      interceptors: [observeCalls(metrics)],
      runAs: observedCalls(current, observability),
      onError: (error, call) => logger.error({ err: error, ...call }, 'call failed'),
    });
    stack.defer(() => server.close());
    const needs = await describeNeeds(config, adapters.redis);
    return { ...observability, address: server.address, needs };
  });
}
