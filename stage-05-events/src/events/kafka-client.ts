import { isUtf8 } from 'node:buffer';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  Admin,
  Consumer,
  compatibilityPartitioner,
  type Message,
  ProduceAcks,
  Producer,
  serializersFrom,
  stringDeserializer,
} from '@platformatic/kafka';
import { unavailable } from '../domain/index.ts';
import type { Content, ReceivedMessage } from './event-log.ts';

export type KafkaMessage = Message<Content, Content, string, string>;
export type KafkaConsumer = Consumer<Content, Content, string, string>;

/** For an answer of the brokers, whatever the client does meanwhile. */
const ANSWER_MS = 5_000;
const CLOSE_MS = 2_000;
/** A group notices after this time that one of its readers has died. */
const SESSION_MS = 6_000;

function clientOptions(brokers: readonly string[]) {
  return {
    clientId: 'medcenter',
    bootstrapBrokers: [...brokers],
    connectTimeout: 1_000,
    requestTimeout: ANSWER_MS,
    retries: 2, // Idempotent, and with fewer, the client would try for ever.
    retryDelay: 200,
  };
}

export function createAdmin(brokers: readonly string[]): Admin {
  const admin = new Admin(clientOptions(brokers));
  admin.on('error', () => {}); // Each failed call says the same.
  return admin;
}

export function createProducer(brokers: readonly string[]) {
  const producer = new Producer({
    ...clientOptions(brokers),
    acks: ProduceAcks.ALL, // It is kept when all replicas in sync have it.
    idempotent: true, // What the client itself sends again is not there twice.
    partitioner: compatibilityPartitioner, // As Java's clients do it: a key has one partition, whoever writes.
    serializers: serializersFrom<Content>((content) =>
      content === null || content === undefined ? undefined : Buffer.from(content),
    ),
  });
  producer.on('error', () => {});
  return producer;
}

export function createConsumer(brokers: readonly string[], groupId: string): KafkaConsumer {
  const consumer = new Consumer<Content, Content, string, string>({
    ...clientOptions(brokers),
    groupId,
    sessionTimeout: SESSION_MS,
    rebalanceTimeout: SESSION_MS,
    heartbeatInterval: SESSION_MS / 4,
    deserializers: {
      key: contentOf,
      value: contentOf,
      headerKey: stringDeserializer,
      headerValue: stringDeserializer,
    },
  });
  consumer.on('error', () => {});
  return consumer;
}

function contentOf(bytes?: Buffer): Content {
  if (!bytes) return null;
  return isUtf8(bytes) ? bytes.toString() : bytes;
}

/** The message, in a topic without the prefix. */
export function receive(message: KafkaMessage, prefix: string): ReceivedMessage {
  const { topic, partition, offset, key, value, headers, timestamp } = message;
  return {
    topic: topic.slice(prefix.length),
    partition,
    offset: String(offset),
    key,
    value,
    headers: Object.fromEntries(headers),
    time: new Date(Number(timestamp)).toISOString(),
  };
}

/** The client's own limits add up with its retries. @throws DomainError `unavailable` */
export async function inTime<T>(answer: Promise<T>, milliseconds = ANSWER_MS): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const timer = setTimeout(() => reject(new Error(`no answer in ${milliseconds} ms`)), milliseconds);
  answer.then(resolve, reject).finally(() => clearTimeout(timer));
  return promise.catch((error) => {
    throw unavailable('Kafka cannot answer now', error);
  });
}

/** A broker that is gone does not say goodbye. */
export async function closeSoon(closing: Promise<unknown>): Promise<void> {
  await Promise.race([closing.catch(() => {}), sleep(CLOSE_MS, undefined, { ref: false })]);
}
