import { openLog } from '../src/app/index.ts';
import { readConfig, readEnvironment, variables } from '../src/config/index.ts';
import type { EventLog } from '../src/events/index.ts';
import { createSystemClock } from '../src/service/index.ts';

/** The log of `npm run stage:5`: Kafka where KAFKA_BROKERS is set, here or in the stage's `.env`, and else the file. */
export function openOwnLog(): Promise<EventLog> {
  const config = readConfig(variables, readEnvironment(new URL('../.env', import.meta.url)));
  return openLog(config, createSystemClock());
}
