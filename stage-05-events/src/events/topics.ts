import { EVENT_TYPES, topicOf } from '../domain/index.ts';

/** The topics of this stage. */
export const EVENT_TOPICS: readonly string[] = EVENT_TYPES.map(topicOf);

/** Where a message of a topic goes that cannot be handled. */
export function deadLetterTopic(topic: string): string {
  return `${topic}.dlq`;
}

export const DEAD_LETTER_TOPICS: readonly string[] = EVENT_TOPICS.map(deadLetterTopic);

export const ALL_TOPICS: readonly string[] = [...EVENT_TOPICS, ...DEAD_LETTER_TOPICS];

/** The topic that the messages of a dead letter topic come from. */
export function originOf(topic: string): string {
  return topic.replace(/\.dlq$/, '');
}

/**
 * How they are made. Three partitions let three consumers of a group work at once; more would do so for more. Nothing
 * is ever deleted, so the statistics can be counted again from the beginning.
 */
export const TOPIC_SETTINGS = {
  partitions: 3,
  retentionMs: -1,
  maxBytes: 1_000_000,
  /** Room for the longest message, and for the headers that say what is wrong with it. */
  deadLetterMaxBytes: 2_000_000,
} as const;
