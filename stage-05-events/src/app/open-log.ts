import { resolve } from 'node:path';
import type { ConfigOf, variables } from '../config/index.ts';
import type { Clock } from '../domain/index.ts';
import {
  createConsoleNotifier,
  createFileNotifier,
  type EventLog,
  type Notifier,
  openKafkaLog,
  openMailNotifier,
  openSqliteLog,
} from '../events/index.ts';

type Config = ConfigOf<typeof variables>;

/** Where the events are told. */
export async function openLog(config: Config, clock: Clock): Promise<EventLog> {
  const { KAFKA_BROKERS: brokers, KAFKA_TOPIC_PREFIX: prefix, EVENTS_FILE: file } = config;
  return brokers ? openKafkaLog({ brokers, prefix }) : openSqliteLog(file, clock);
}

/** For people: which it is, and where. */
export function describeLog({ KAFKA_BROKERS: brokers, EVENTS_FILE: file }: Config): string {
  return brokers
    ? `events: Kafka at ${brokers.join(', ')}`
    : `events: the file ${resolve(file)} (not Kafka: no partitions, no rebalance)`;
}

/** How people are reminded; without a mail server and a file, a line of the log tells that it would be done now. */
export async function openNotifier(config: Config, say: (fields: object) => void): Promise<Notifier> {
  const { SMTP_URL: url, SMTP_FROM: from, SMTP_TO: to, REMINDER_FILE: file } = config;
  if (url !== undefined) return openMailNotifier({ url, from, to });
  return file === undefined ? createConsoleNotifier(say) : createFileNotifier(file);
}

export function describeNotifier({ SMTP_URL: url, SMTP_TO: to, REMINDER_FILE: file }: Config): string {
  if (url !== undefined) return `reminders: mail to ${to}`;
  return file === undefined ? 'reminders: lines of this log' : `reminders: lines of ${resolve(file)}`;
}
