import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Admin, Consumer, Producer, type ProducerOptions } from '@platformatic/kafka';
import type { Client } from '../client.ts';
import { type Exchange, expect } from '../harness.ts';
import { describeText } from '../text.ts';

export const TYPES = ['created', 'cancelled', 'rescheduled'] as const;
export type Topic = `appointments.${(typeof TYPES)[number]}`;

export const TOPICS: readonly Topic[] = TYPES.map((type) => `appointments.${type}` as const);

/** A message as it lies in a topic; the name of the topic is without the prefix. */
export interface Told {
  topic: string;
  partition: number;
  offset: bigint;
  key: Buffer | undefined;
  value: Buffer | undefined;
  headers: Readonly<Record<string, string>>;
}

export interface ToTell {
  topic: Topic;
  key: string;
  value: string | Buffer | undefined;
  partition?: number;
}

/** The topics of one program, from outside; what is done there belongs to the story of a client. */
export interface Topics {
  /** All that lies in them, and that has come here until now. */
  told(): readonly Told[];
  /** Waits until so many messages are there that fit, then a moment longer for one too many. */
  waitFor(what: string, count: number, fits: (told: Told) => boolean, within?: number): Promise<Told[]>;
  /** Puts a message there beside the program's own. Gives the place where it lies. */
  tell(message: ToTell): Promise<Pick<Told, 'topic' | 'partition' | 'offset'>>;
  /** The number of partitions of each topic. */
  partitions(): Promise<Map<string, number>>;
  exchange(sent: string, found: readonly Told[]): Exchange;
}

/** A Kafka, for one run of the checks. */
export interface Kafka {
  brokers: string;
  newPrefix(): string;
  /** Opened once for each prefix, and closed with the run. */
  open(prefix: string, api: Client): Promise<Topics>;
  /** Deletes the topics with this prefix. */
  sweep(prefix: string): Promise<void>;
}

/** How long a program may take until its topics are there. */
const MADE_LIMIT = 20_000;
/** How long an event may take on its way. */
export const TOLD_LIMIT = 15_000;
/** One too many would come in this time. */
const REST = 700;
/** What is shown of a value. */
const SHOWN = 1_000;

/** All topics of this run begin with the same words; what is left of them is deleted at its end. */
export function openKafka(brokers: string, stack: AsyncDisposableStack): Kafka {
  const run = `medcenter-check-${randomBytes(5).toString('hex')}-`;
  const opened = new Map<string, Promise<(api: Client) => Topics>>();
  const client = {
    clientId: 'medcenter-check',
    bootstrapBrokers: brokers.split(','),
    connectTimeout: 5_000,
    retries: 3,
  };
  const withAdmin = async <T>(work: (admin: Admin) => Promise<T>): Promise<T> => {
    const admin = new Admin(client);
    try {
      return await work(admin);
    } finally {
      await admin.close().catch(() => {});
    }
  };
  const sweep = (prefix: string) =>
    withAdmin(async (admin) => {
      const topics = (await admin.listTopics()).filter((name) => name.startsWith(prefix));
      if (topics.length > 0) await admin.deleteTopics({ topics });
    }).catch(() => {}); // What is left lies under a name that nobody else has.
  stack.defer(() => sweep(run));
  let count = 0;
  return {
    brokers,
    newPrefix: () => `${run}${count++}-`,
    sweep,
    async open(prefix, api) {
      const known = opened.get(prefix) ?? openTopics({ client, prefix, withAdmin, stack });
      opened.set(prefix, known);
      return (await known)(api);
    },
  };
}

interface Place {
  client: Pick<ProducerOptions<Buffer, Buffer, Buffer, Buffer>, 'clientId' | 'bootstrapBrokers' | 'retries'>;
  prefix: string;
  withAdmin<T>(work: (admin: Admin) => Promise<T>): Promise<T>;
  stack: AsyncDisposableStack;
}

async function openTopics({
  client,
  prefix: wanted,
  withAdmin,
  stack,
}: Place): Promise<(api: Client) => Topics> {
  const prefix = await withAdmin((admin) => untilMade(admin, wanted));
  const all: Told[] = [];
  const withDeadLetters = TOPICS.flatMap((topic) => [topic, `${topic}.dlq`]).map((topic) => prefix + topic);
  const names = await withAdmin((admin) => admin.listTopics());
  const read = new Set<string>();
  const producer = new Producer<Buffer, Buffer, Buffer, Buffer>({ ...client, acks: -1 });
  producer.on('error', () => {});
  stack.defer(() => producer.close().catch(() => {}));

  const listen = async (topics: string[]) => {
    for (const topic of topics) read.add(topic);
    const groupId = `${wanted}check-${randomBytes(4).toString('hex')}`;
    const consumer = new Consumer<Buffer, Buffer, Buffer, Buffer>({ ...client, groupId });
    consumer.on('error', () => {});
    const stream = await consumer.consume({ topics, mode: 'earliest', autocommit: false, maxWaitTime: 100 });
    stream.on('error', () => {});
    stream.on('data', ({ topic, partition, offset, key, value, headers }) => {
      const told = [...headers].map(([name, text]) => [String(name), String(text)]);
      const place = { topic: topic.slice(prefix.length), partition, offset };
      all.push({
        ...place,
        key: key ?? undefined,
        value: value ?? undefined,
        headers: Object.fromEntries(told),
      });
    });
    stack.defer(async () => {
      await Promise.race([stream.close().then(() => consumer.close(true)), sleep(2_000)]).catch(() => {});
    });
  };
  await listen(withDeadLetters.filter((topic) => names.includes(topic)));

  /** Topics for dead letters may be made with the first one. */
  const listenToLateOnes = async () => {
    if (read.size === withDeadLetters.length) return;
    const now = await withAdmin((admin) => admin.listTopics());
    const late = withDeadLetters.filter((topic) => now.includes(topic) && !read.has(topic));
    if (late.length > 0) await listen(late);
  };

  const waitUntil = async (isThere: () => boolean, within: number) => {
    const deadline = performance.now() + within;
    while (!isThere() && performance.now() < deadline) {
      await sleep(50);
      await listenToLateOnes();
    }
    await sleep(REST);
  };

  const send = async ({ topic, key, value, partition }: ToTell) => {
    const message = {
      ...{ topic: prefix + topic, key: Buffer.from(key) },
      ...(value !== undefined && { value: Buffer.from(value) }),
      ...(partition !== undefined && { partition }),
    };
    const { offsets = [] } = await producer.send({ messages: [message] });
    const [place] = offsets;
    if (!place) throw new Error('Kafka did not say where the message lies');
    return { topic, partition: place.partition, offset: place.offset };
  };

  const countPartitions = () =>
    withAdmin(async (admin) => {
      const { topics } = await admin.metadata({ topics: TOPICS.map((topic) => prefix + topic) });
      return new Map([...topics].map(([name, each]) => [name.slice(prefix.length), each.partitionsCount]));
    });

  const shell = shellLines(String(client.bootstrapBrokers), prefix);
  return (api) => {
    const exchange: Topics['exchange'] = (sent, found) => {
      const received = found.length === 0 ? 'nothing of it' : found.map(describeTold).join('\n');
      const { repeat, ...rest } = api.exchange(`${sent}\nin the topics ${prefix}appointments.*`, received);
      return { ...rest, repeat: repeat.replace(/\n(kill .*)$/, `\n${shell.read}\n$1`) };
    };
    return {
      exchange,
      told: () => all,
      partitions: countPartitions,
      async waitFor(what, count, fits, within = TOLD_LIMIT) {
        await waitUntil(() => all.filter(fits).length >= count, within);
        const found = all.filter(fits);
        const messages = count === 0 ? 'no message' : `${count} message${count === 1 ? '' : 's'}`;
        expect(
          found.length === count,
          `${messages} within ${within / 1000} s, and not ${found.length}: ${what}`,
          exchange(what, found),
        );
        return found;
      },
      async tell(message) {
        api.note(shell.write(message), true);
        return send(message);
      },
    };
  };
}

/** The same by hand, with the programs that come with Kafka. */
function shellLines(brokers: string, prefix: string) {
  const broker = `--bootstrap-server ${brokers}`;
  const shown = '--property print.key=true --property print.headers=true --property print.partition=true';
  return {
    read: `kafka-console-consumer.sh ${broker} --include '${prefix}appointments.*' --from-beginning ${shown} --timeout-ms 5000`,
    write({ topic, key, value }: ToTell): string {
      if (value === undefined || Buffer.isBuffer(value))
        return `# into ${prefix}${topic} bytes that no shell writes`;
      const line = `'${`${key}\t${value}`.replaceAll("'", "'\\''")}'`;
      return `printf '%s\\n' ${line} | kafka-console-producer.sh ${broker} --topic ${prefix}${topic} --property parse.key=true`;
    },
  };
}

/** Under which prefix the program has made its topics: one of another house may know no prefix. */
async function untilMade(admin: Admin, prefix: string): Promise<string> {
  const deadline = performance.now() + MADE_LIMIT;
  let names: string[] = [];
  while (performance.now() < deadline) {
    names = await admin.listTopics();
    if (TOPICS.every((topic) => names.includes(prefix + topic))) return prefix;
    await sleep(100);
  }
  if (TOPICS.every((topic) => names.includes(topic))) return '';
  const sent = `the topics of Kafka, ${MADE_LIMIT / 1000} s after the start`;
  const received = names.filter((name) => name.startsWith(prefix)).join('\n') || `none with ${prefix}`;
  expect(false, TOPICS.map((topic) => prefix + topic).join(', '), { sent, received, repeat: '(unknown)' });
  return prefix;
}

function describeTold({ topic, partition, offset, key, value, headers }: Told): string {
  const told = Object.entries(headers).map(([name, text]) => `\n  ${name}: ${text}`);
  const text = (value?.toString('utf8') ?? '(null)').slice(0, SHOWN);
  return describeText(
    `${topic}, partition ${partition}, offset ${offset}, key ${key ?? '(none)'}${told.join('')}`,
    text,
  );
}
