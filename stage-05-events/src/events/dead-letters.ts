import { type Clock, DomainError } from '../domain/index.ts';
import { type ClinicStorage, sqlRedriven } from '../repository/index.ts';
import type { EventLog, LogMessage, ReceivedMessage } from './event-log.ts';
import { DEAD_LETTER_TOPICS, deadLetterTopic, originOf } from './topics.ts';

/** What a header of a dead letter says at the most. */
const LONGEST_ERROR = 1_000;

/** A message to be put aside: as it was, with the place where it was, and why it could not be handled. */
export function deadLetterOf(
  { topic, partition, offset, key, value, headers }: ReceivedMessage,
  { group, error, attempts }: { group: string; error: unknown; attempts: number },
): LogMessage {
  return {
    topic: deadLetterTopic(topic),
    key,
    value,
    headers: {
      ...headers,
      'dlq-topic': topic,
      'dlq-partition': String(partition),
      'dlq-offset': offset,
      'dlq-group': group,
      'dlq-attempts': String(attempts),
      'dlq-error': describe(error).slice(0, LONGEST_ERROR),
    },
  };
}

function describe(error: unknown): string {
  if (!(error instanceof DomainError)) return error instanceof Error ? error.message : String(error);
  if (error.details.length === 0) return error.message;
  return error.details.map(({ path, message }) => `${path} ${message}`.trim()).join('; ');
}

/** A message that was put aside, for a person to look at. */
export interface DeadLetter {
  /** Where it lies: `appointments.created.dlq/0/7`. */
  readonly id: string;
  /** Where the message was that it tells of: `appointments.created/0/3`. Each group that failed has a letter of its own. */
  readonly source: string;
  readonly message: ReceivedMessage;
  readonly isRedriven: boolean;
}

export interface DeadLetterDesk {
  /** In the order in which they were put aside, topic by topic. */
  list(): Promise<DeadLetter[]>;
  /** Sends the one message that all of these tell of once more to the topic that it came from, as it was. */
  redrive(letters: readonly DeadLetter[]): Promise<void>;
}

export interface DeadLetterDeps {
  readonly storage: ClinicStorage;
  readonly log: Pick<EventLog, 'list' | 'publish'>;
  readonly clock: Clock;
}

export function createDeadLetterDesk({ storage, log, clock }: DeadLetterDeps): DeadLetterDesk {
  return {
    async list() {
      const redriven = await sqlRedriven(storage.sql).list();
      const letters: DeadLetter[] = [];
      for await (const message of log.list(DEAD_LETTER_TOPICS)) {
        letters.push({
          id: placeOf(message),
          source: sourceOf(message),
          message,
          isRedriven: redriven.has(nameOf(message)),
        });
      }
      return letters;
    },
    async redrive(letters) {
      const [first] = letters;
      if (!first) return;
      const { topic, key, value, headers } = first.message;
      const own = Object.entries(headers).filter(([name]) => !name.startsWith('dlq-'));
      await log.publish([{ topic: originOf(topic), key, value, headers: Object.fromEntries(own) }]);
      // A crash before this line sends it twice, which the readers bear.
      await storage.transaction(async (tx) => {
        for (const { message } of letters) await sqlRedriven(tx.sql).add(nameOf(message), clock.now());
      });
    },
  };
}

/** One that somebody wrote by hand tells of itself. */
function sourceOf(message: ReceivedMessage): string {
  const place = ['dlq-topic', 'dlq-partition', 'dlq-offset'].map((name) => message.headers[name]);
  return place.includes(undefined) ? placeOf(message) : place.join('/');
}

function placeOf({ topic, partition, offset }: ReceivedMessage): string {
  return `${topic}/${partition}/${offset}`;
}

/** A topic that was deleted and made again counts from the beginning: the time tells two at one place apart. */
function nameOf(message: ReceivedMessage): string {
  return `${placeOf(message)} ${message.time}`;
}
