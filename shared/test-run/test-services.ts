import { join } from 'node:path';
import { servicesOf } from '../services/needs.ts';
import type { Workspace } from './workspaces.ts';

/** A server for one run of the tests. */
export interface TestServer {
  /** For the tests, in the environment variable that the table names: a URL, or as it is, such as `127.0.0.1:9092`. */
  readonly url: string;
  dispose(): Promise<void>;
}

export interface TestService {
  readonly title: string;
  /** Tells the tests where it is. A person who sets it brings a server of their own. */
  readonly variable: string;
  /** What helps where it cannot be started. */
  readonly remedy: string;
  start(signal: AbortSignal): Promise<TestServer>;
}

/** The services that tests can have, by the name that a package.json calls them. */
export const testServices: Readonly<Record<string, TestService>> = {
  postgres: {
    title: 'PostgreSQL',
    variable: 'TEST_POSTGRES_URL',
    remedy: 'set TEST_POSTGRES_URL to the address of a server whose superuser you may be',
    start: async (signal) => {
      // Loaded where it is wanted alone: most runs of one stage need no database.
      const postgres = await import('../services/throw-away-postgres.ts');
      await postgres.disposeOfAbandonedPostgres();
      const server = await postgres.startThrowAwayPostgres({ detached: true, signal });
      const dispose = async () => {
        await server.dispose();
        // Also those of tests that were killed before they could do it.
        await postgres.disposeOfAbandonedPostgres();
      };
      return { url: server.url, dispose };
    },
  },
  redis: {
    title: 'Redis',
    variable: 'TEST_REDIS_URL',
    remedy: 'set TEST_REDIS_URL to the address of a server whose empty databases tests may use',
    start: async (signal) => {
      const redis = await import('../services/throw-away-redis.ts');
      await redis.disposeOfAbandonedRedis();
      const server = await redis.startThrowAwayRedis({ detached: true, signal });
      const dispose = async () => {
        await server.dispose();
        await redis.disposeOfAbandonedRedis();
      };
      return { url: server.url, dispose };
    },
  },
  kafka: {
    title: 'Kafka',
    variable: 'TEST_KAFKA_BROKERS',
    remedy: 'set TEST_KAFKA_BROKERS to the address of a broker on which tests may make topics',
    start: async (signal) => {
      const kafka = await import('../services/throw-away-kafka.ts');
      await kafka.disposeOfAbandonedKafka();
      const server = await kafka.startThrowAwayKafka({ detached: true, signal });
      const dispose = async () => {
        await server.dispose();
        await kafka.disposeOfAbandonedKafka();
      };
      return { url: server.url, dispose };
    },
  },
};

export interface TestServicesOptions {
  readonly workspaces: readonly Workspace[];
  readonly root: string;
  readonly services: Readonly<Record<string, TestService>>;
  readonly signal: AbortSignal;
}

export interface StartedServices extends AsyncDisposable {
  /** What the tests are told. */
  readonly environment: Readonly<Record<string, string>>;
  /** A service is missing where none may be. */
  readonly failed: boolean;
}

/** Starts what the workspaces say that they need. One that cannot be had is missed loudly; on CI that is a failure. */
export async function startTestServices(options: TestServicesOptions): Promise<StartedServices> {
  const { workspaces, root, services, signal } = options;
  await using stack = new AsyncDisposableStack();
  const environment: Record<string, string> = {};
  let failed = false;
  const needed = new Set(workspaces.flatMap(({ folder }) => servicesOf(join(root, folder))));
  for (const name of needed) {
    const service = services[name];
    if (service === undefined)
      throw new Error(`A package.json asks for the service "${name}": there is none.`);
    if (process.env[service.variable]) {
      console.log(`${service.title} for the tests: yours, by ${service.variable}.\n`);
      continue;
    }
    try {
      const begun = performance.now();
      const server = await service.start(signal);
      stack.defer(server.dispose);
      environment[service.variable] = server.url;
      const seconds = ((performance.now() - begun) / 1000).toFixed(1);
      const address = URL.canParse(server.url) ? new URL(server.url).host : server.url;
      console.log(`${service.title} for the tests: ${address}, started in ${seconds} s.\n`);
    } catch (error) {
      if (signal.aborted) throw error;
      sayWhatIsMissing(service, name, error, options);
      failed ||= process.env.CI === 'true';
    }
  }
  const moved = stack.move();
  return { environment, failed, [Symbol.asyncDispose]: () => moved.disposeAsync() };
}

function sayWhatIsMissing(
  { title, remedy }: TestService,
  name: string,
  error: unknown,
  { workspaces, root }: TestServicesOptions,
): void {
  const users = workspaces.filter(({ folder }) => servicesOf(join(root, folder)).includes(name));
  const reason = error instanceof Error ? error.message : String(error);
  console.error(`!! There is no ${title} for the tests: ${reason}`);
  if (process.env.CI === 'true') console.error('!! CI=true: every test must run, so none does.');
  else console.error(`!! NOT RUN: what needs it in ${users.map(({ folder }) => folder).join(', ')}.`);
  console.error(`!! To have it, mend that; or ${remedy}.\n`);
}
