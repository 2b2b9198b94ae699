import type { Redis } from '../cache/index.ts';
import { type EventLog, EVENT_TOPICS, STATISTICS_GROUP } from '../events/index.ts';
import { type ClinicStorage, countPendingEvents } from '../repository/index.ts';
import type { HealthClient } from '../transport/grpc/index.ts';
import type { CheckResult } from '../transport/http/index.ts';

export interface ReadinessDeps {
  readonly storage: Pick<ClinicStorage, 'sql'>;
  readonly redis: Redis | undefined;
  readonly log: Pick<EventLog, 'lag'>;
  readonly health: HealthClient;
}

/** So many events that wait to be told: the relay does not keep up. */
const MANY_PENDING = 1_000;

/** What the program needs, each asked in its own way. One that throws is down. */
export function readinessChecks({ storage, redis, log, health }: ReadinessDeps) {
  return {
    async storage(): Promise<CheckResult> {
      await storage.sql.query('SELECT 1');
      return 'up';
    },
    /** Copies and sessions; without Redis both are in this process. */
    async cache(): Promise<CheckResult> {
      await redis?.ask((client) => client.ping());
      return 'up';
    },
    async events(): Promise<CheckResult> {
      await log.lag(STATISTICS_GROUP, EVENT_TOPICS);
      return (await countPendingEvents(storage.sql)) > MANY_PENDING ? 'degraded' : 'up';
    },
    async schedule(): Promise<CheckResult> {
      return (await health.check()) ? 'up' : 'down';
    },
  };
}
