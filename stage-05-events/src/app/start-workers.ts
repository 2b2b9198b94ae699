import type { ConfigOf, variables } from '../config/index.ts';
import type { Clock } from '../domain/index.ts';
import {
  countEvent,
  type EventLog,
  REMINDERS_GROUP,
  STATISTICS_GROUP,
  scheduleReminder,
  startConsumer,
  startRelay,
  startReminderSender,
  type Worker,
} from '../events/index.ts';
import type { Logger } from '../observability/index.ts';
import type { ClinicStorage } from '../repository/index.ts';
import { openNotifier } from './open-log.ts';

export interface WorkerDeps {
  /** Without the decorators: what follows from events is not told, nor audited. */
  readonly storage: ClinicStorage;
  readonly log: EventLog;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Starts what works behind the API: the relay, the two consumers, and the sender of reminders. Answers the relay, to be
 * woken after a commit. They end in the reverse order, each with the work at hand.
 */
export async function startWorkers(
  stack: AsyncDisposableStack,
  config: ConfigOf<typeof variables>,
  { storage, log, clock, logger }: WorkerDeps,
): Promise<Worker> {
  const deps = { storage, clock };
  const trouble = (what: string) => (error: unknown, place?: object) =>
    logger.warn({ err: error, ...place }, what);

  const relay = stack.use(startRelay({ ...deps, log, onTrouble: trouble('the relay will try again') }));

  const consume = (group: string, handle: Parameters<typeof startConsumer>[0]['handle']) =>
    stack.use(
      startConsumer({
        log,
        group,
        handle,
        onTrouble: (error, place) => {
          const what = place ? 'an event was not handled' : 'no events can be read now';
          trouble(`${group}: ${what}`)(error, place);
        },
      }),
    );
  consume(STATISTICS_GROUP, countEvent(deps));
  consume(REMINDERS_GROUP, scheduleReminder({ ...deps, leadHours: config.REMINDER_LEAD_HOURS }));

  const notifier = await openNotifier(config, (fields) => logger.info(fields, 'reminder'));
  stack.defer(() => notifier.close());
  stack.use(startReminderSender({ ...deps, notifier, onTrouble: trouble('a reminder was not sent') }));
  return relay;
}
