import { randomBytes } from 'node:crypto';
import type { TestContext } from 'node:test';
import pg from 'pg';
import { startThrowAwayPostgres } from '../services/throw-away-postgres.ts';
import { waitUntil } from '../services/wait.ts';

const variable = 'TEST_POSTGRES_URL';

/**
 * For suites that ask a real server: `suite('…', needsPostgres(), () => { … })`. Without one they are skipped, and say
 * so; on CI that is an error.
 */
export function needsPostgres(environment: NodeJS.ProcessEnv = process.env): { skip: string | false } {
  if (environment[variable]) return { skip: false };
  const reason = `needs PostgreSQL: run it by "npm test", which brings one up, or set ${variable}`;
  if (environment.CI === 'true') throw new Error(`CI=true, and this suite ${reason}.`);
  return { skip: `NOT RUN, ${reason}` };
}

/** Brings the empty database at this address to the shape that the tests want, and closes its connections. */
export type Migrate = (url: string) => Promise<void>;

/**
 * A database of the test's own, gone after it. With `migrate` it has its shape: made once in this process, and then
 * copied. Answers its address.
 */
export async function createDatabase(t: TestContext, migrate?: Migrate): Promise<string> {
  const template = migrate ? await provideTemplate(migrate) : 'template0';
  const name = newName('test');
  t.after(() => {
    dropWhenLeft(name).catch(() => {}); // By then there may be no server: it was thrown away as a whole.
  });
  // Copying the files takes half the time of the default, which writes each page to the log.
  await administer(`CREATE DATABASE ${name} TEMPLATE ${template} STRATEGY FILE_COPY`);
  return urlOf(name);
}

/** By the function that shapes them. A promise each: tests that begin at once wait for the same one. */
const templates = new Map<Migrate, Promise<string>>();

function provideTemplate(migrate: Migrate): Promise<string> {
  if (templates.size === 0) process.once('beforeExit', dropTemplates);
  const known = templates.get(migrate) ?? makeTemplate(migrate);
  templates.set(migrate, known);
  return known;
}

async function makeTemplate(migrate: Migrate): Promise<string> {
  const name = newName('template');
  await administer(`CREATE DATABASE ${name} TEMPLATE template0 STRATEGY FILE_COPY`);
  await migrate(urlOf(name));
  // PostgreSQL copies no database that somebody is connected to, be it its own autovacuum: so nobody can be.
  await administer(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
  return name;
}

/** Matters to a server of the person's own: the others are thrown away as a whole. */
async function dropTemplates(): Promise<void> {
  const made = await Promise.allSettled(templates.values());
  await Promise.all(made.map((result) => result.status === 'fulfilled' && drop(result.value)));
}

function newName(kind: string): string {
  return `medcenter_${kind}_${randomBytes(8).toString('hex')}`;
}

function urlOf(database: string): string {
  const url = new URL(serverUrl());
  url.pathname = `/${database}`;
  return url.href;
}

function serverUrl(): string {
  const url = process.env[variable];
  if (url) return url;
  throw new Error(`${variable} is not set: give the suite needsPostgres().`);
}

/**
 * Hooks run in the order of their registration, so those that close the test's own connections come after the one that
 * calls this, and are not waited for there. Whoever is still connected after 2 s is cut off.
 */
async function dropWhenLeft(database: string): Promise<void> {
  const connections = `SELECT FROM pg_stat_activity WHERE datname = '${database}'`;
  const isLeft = async () => (await administer(connections)).rowCount === 0;
  await waitUntil(isLeft, { what: 'its connections to end', patienceMs: 2000 }).catch(() => {});
  await drop(database);
}

async function drop(database: string): Promise<void> {
  await administer(`DROP DATABASE IF EXISTS ${database} WITH (FORCE)`);
}

let administrators: pg.Pool | undefined;

/** A few connections for all tests of the process, which do not keep it alive. */
async function administer(sql: string): Promise<pg.QueryResult> {
  administrators ??= new pg.Pool({ connectionString: serverUrl(), max: 4, allowExitOnIdle: true }).on(
    'error',
    () => {}, // An idle one that breaks is replaced; whoever uses it hears of it by the query.
  );
  return await administrators.query(sql);
}

/** A server that a test may treat badly. */
export interface PostgresServer {
  /** Of the database `postgres`, for the superuser. It stays the same through a restart. */
  readonly url: string;
  /** Connections stay open, new ones are taken by the system, and nothing answers. */
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  /** As kill -9 to each of its processes. What was acknowledged is there after a restart. */
  kill(): Promise<void>;
  /** Starts it again with the same data on the same port; ends it in good order first, if it runs. */
  restart(): Promise<void>;
  /** Ends it in good order: it tells its connections. */
  stop(): Promise<void>;
}

/**
 * A server of the test's own, gone after it in whatever state the test leaves it. It goes without a word and before
 * what the test opened later is closed: the clients of such a test bear that anyway.
 *
 * @throws ServiceError when this machine cannot run PostgreSQL
 */
export async function startPostgres(t: TestContext): Promise<PostgresServer> {
  // It is not detached: Ctrl-C, which ends a test without its last words, ends the server too.
  const { server, port, url, dispose } = await startThrowAwayPostgres({ detached: false });
  t.after(dispose);
  const { freeze, thaw, kill, stop } = server;
  async function restart(): Promise<void> {
    await stop();
    const now = await server.start([port]);
    if (now !== port) throw new Error(`Port ${port} was taken while the server was down.`);
  }
  return { url, freeze, thaw, kill, restart, stop };
}
