import { type AppointmentEvent, DomainError } from '../domain/index.ts';
import { readEvent } from '../schema/index.ts';
import { backOff } from './back-off.ts';
import { deadLetterOf } from './dead-letters.ts';
import type { EventLog, ReceivedMessage } from './event-log.ts';
import { EVENT_TOPICS } from './topics.ts';

export interface ConsumerOptions {
  readonly log: Pick<EventLog, 'read' | 'publish'>;
  readonly group: string;
  /** Does what follows from the event, once: it may be handed in again, and out of turn. */
  handle(event: AppointmentEvent): Promise<void>;
  /** Told of each failure, with the message's place and without its text. */
  onTrouble(error: unknown, place?: MessagePlace): void;
}

export type MessagePlace = Pick<ReceivedMessage, 'topic' | 'partition' | 'offset'>;

/** So often a message is tried that fails for a reason which nobody foresaw. */
const ATTEMPTS = 5;

/**
 * Reads the events for a group. A failure that will pass (the database is away) is waited for, and the messages behind
 * it wait, too. A message that can never be handled is put aside, for a person; only then the next one is handled.
 */
export function startConsumer({ log, group, handle, onTrouble }: ConsumerOptions): AsyncDisposable {
  const handleOne = async (message: ReceivedMessage, signal: AbortSignal): Promise<void> => {
    const { topic, partition, offset } = message;
    const wait = async (error: unknown, failures: number) => {
      signal.throwIfAborted();
      onTrouble(error, { topic, partition, offset });
      await backOff(failures, signal);
    };
    const refusal = await refusalOf(message, handle, wait);
    if (!refusal) return;
    onTrouble(refusal.error, { topic, partition, offset });
    const letter = deadLetterOf(message, { group, ...refusal });
    // Until it is kept: what could not be put aside is not skipped.
    await untilDone(() => log.publish([letter]), wait);
  };
  return log.read({ group, topics: EVENT_TOPICS, handle: handleOne, onTrouble });
}

interface Refusal {
  readonly error: unknown;
  readonly attempts: number;
}

type Wait = (error: unknown, failures: number) => Promise<void>;

/** Handles a message. Answers why it cannot be handled, now or ever; undefined when it was. */
async function refusalOf(
  { value }: ReceivedMessage,
  handle: ConsumerOptions['handle'],
  wait: Wait,
): Promise<Refusal | undefined> {
  let event: AppointmentEvent;
  try {
    event = readEvent(value);
  } catch (error) {
    return { error, attempts: 1 };
  }
  for (let attempts = 1; ; attempts++) {
    // Those failures that pass by themselves are not counted: the message is not at fault.
    const failure = await untilDone(() => failureOf(handle(event)), wait);
    if (!failure) return undefined;
    if (attempts === ATTEMPTS) return { error: failure.error, attempts };
    await wait(failure.error, attempts);
  }
}

/** Tries again, as long as that which fails is sure to pass. */
async function untilDone<T>(work: () => Promise<T>, wait: Wait): Promise<T> {
  for (let failures = 0; ; failures++) {
    try {
      return await work();
    } catch (error) {
      await wait(error, failures);
    }
  }
}

/** What goes wrong for no known reason; what is `unavailable` is thrown. */
async function failureOf(work: Promise<void>): Promise<{ error: unknown } | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    if (error instanceof DomainError && error.code === 'unavailable') throw error;
    return { error };
  }
}
