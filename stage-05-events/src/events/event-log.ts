/** A key or a value: text, or bytes that are no text. Others may write into a topic what they like, nothing included. */
export type Content = string | Uint8Array | null;

/** A message for a topic. Messages of one key stay in their order. */
export interface LogMessage {
  readonly topic: string;
  readonly key: Content;
  readonly value: Content;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A message as it is found in a topic. */
export interface ReceivedMessage extends Required<LogMessage> {
  readonly partition: number;
  /** Its number in the partition. */
  readonly offset: string;
  /** The instant at which it was published, in UTC. */
  readonly time: string;
}

export interface ReadOptions {
  /** Those who read under one name share the messages: each message is for one of them. */
  readonly group: string;
  readonly topics: readonly string[];
  /**
   * Does the work. What it has resolved for is not handed out again, but for a crash in between. It may take its time,
   * and messages behind it wait; it rejects only when `signal` says that the reading ends.
   */
  handle(message: ReceivedMessage, signal: AbortSignal): Promise<void>;
  /** Told of what disturbs the reading. It goes on by itself. */
  onTrouble(error: unknown): void;
}

/** Messages that are kept, topic by topic: Apache Kafka, or a file that stands for it. */
export interface EventLog {
  /** Resolves when all are kept. @throws DomainError `unavailable`: some may be kept all the same */
  publish(messages: readonly LogMessage[]): Promise<void>;
  /** Begins to read, where the group has stopped, or at the beginning. Disposing of it waits for the message at hand. */
  read(options: ReadOptions): AsyncDisposable;
  /** All that the topics hold now, from the beginning. @throws DomainError `unavailable` */
  list(topics: readonly string[]): AsyncIterable<ReceivedMessage>;
  /**
   * How many messages of each topic the group has still to handle; before a group that never read lie all that there
   * are. @throws DomainError `unavailable`
   */
  lag(group: string, topics: readonly string[]): Promise<Map<string, number>>;
  close(): Promise<void>;
}
