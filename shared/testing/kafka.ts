import { randomBytes } from 'node:crypto';
import { after, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startThrowAwayKafka } from '../services/throw-away-kafka.ts';

const variable = 'TEST_KAFKA_BROKERS';

/**
 * For suites that ask a real broker: `suite('…', needsKafka(), () => { … })`. Without one they are skipped, and say so;
 * on CI that is an error.
 */
export function needsKafka(environment: NodeJS.ProcessEnv = process.env): { skip: string | false } {
  if (environment[variable]) return { skip: false };
  const reason = `needs Kafka: run it by "npm test" in a workspace that declares it, or set ${variable}`;
  if (environment.CI === 'true') throw new Error(`CI=true, and this suite ${reason}.`);
  return { skip: `NOT RUN, ${reason}` };
}

/** Where the tests find their broker, as `KAFKA_BROKERS` has it: addresses with commas between them. */
export function testBrokers(): string {
  const brokers = process.env[variable];
  if (!brokers) throw new Error(`${variable} is not set: give the suite needsKafka().`);
  return brokers;
}

const claimed: { readonly prefix: string; readonly brokers: string }[] = [];

/**
 * What the names of a test's own topics and consumer groups begin with. They are deleted when all tests of the file have
 * ended, also by failure: until then a consumer may still be open, for hooks of a test run in the order of their
 * registration.
 */
export function createTopicPrefix(): string {
  const prefix = `medcenter-test-${randomBytes(6).toString('hex')}-`;
  claimed.push({ prefix, brokers: testBrokers() });
  return prefix;
}

// Here, where no test runs yet, it is a hook of the whole file.
after(async () => {
  const given = new Set(claimed.map(({ brokers }) => brokers));
  for (const brokers of given) {
    const prefixes = claimed.filter((claim) => claim.brokers === brokers).map(({ prefix }) => prefix);
    // The broker may be gone, or frozen: then so are they, or whoever runs it has another care.
    await Promise.race([sweep(brokers, prefixes).catch(() => {}), sleep(10_000, undefined, { ref: false })]);
  }
});

async function sweep(brokers: string, prefixes: readonly string[]): Promise<void> {
  // Loaded where there is something to sweep.
  const { Admin } = await import('@platformatic/kafka');
  const clientId = 'medcenter-test-sweep';
  const admin = new Admin({ clientId, bootstrapBrokers: brokers.split(','), retries: 1 });
  try {
    const isOurs = (name: string) => prefixes.some((prefix) => name.startsWith(prefix));
    const topics = (await admin.listTopics()).filter(isOurs);
    if (topics.length > 0) await admin.deleteTopics({ topics });
    for (const group of [...(await admin.listGroups()).keys()].filter(isOurs)) {
      await admin.deleteGroups({ groups: [group] }).catch(() => {}); // Somebody has not left it.
    }
  } finally {
    await admin.close();
  }
}

/** A broker that a test may treat badly. */
export interface KafkaServer {
  /** Its address, as `KAFKA_BROKERS` has it. It stays the same through a restart. */
  readonly brokers: string;
  /** Connections stay open, new ones are taken by the system, and nothing answers. */
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  /** As kill -9. */
  kill(): Promise<void>;
  /** Starts it again on the same port, with all that was committed, as a broker must. Ends it first, if it runs. */
  restart(): Promise<void>;
  /** Ends it in good order. */
  stop(): Promise<void>;
}

/**
 * A broker of the test's own, gone after it in whatever state the test leaves it. It goes without a word and before what
 * the test opened later is closed: the clients of such a test bear that anyway. It takes some seconds to start: one for
 * several tests is as well where they do not treat it badly.
 *
 * @throws ServiceError when there is no Kafka on this machine, and none to be fetched
 */
export async function startKafka(t: TestContext): Promise<KafkaServer> {
  // It is not detached: Ctrl-C, which ends a test without its last words, ends the broker too.
  const { server, port, url, dispose } = await startThrowAwayKafka({ detached: false });
  t.after(dispose);
  const { freeze, thaw, kill, stop } = server;
  async function restart(): Promise<void> {
    await stop();
    const now = await server.start([port]);
    if (now !== port) throw new Error(`Port ${port} was taken while the broker was down.`);
  }
  return { brokers: url, freeze, thaw, kill, restart, stop };
}
