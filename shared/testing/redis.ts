import type { TestContext } from 'node:test';
import { askRedis } from '../services/redis-url.ts';
import { startThrowAwayRedis } from '../services/throw-away-redis.ts';
import { waitUntil } from '../services/wait.ts';

const variable = 'TEST_REDIS_URL';

/**
 * For suites that ask a real server: `suite('…', needsRedis(), () => { … })`. Without one they are skipped, and say so;
 * on CI that is an error.
 */
export function needsRedis(environment: NodeJS.ProcessEnv = process.env): { skip: string | false } {
  if (environment[variable]) return { skip: false };
  const reason = `needs Redis: run it by "npm test" in a workspace that declares it, or set ${variable}`;
  if (environment.CI === 'true') throw new Error(`CI=true, and this suite ${reason}.`);
  return { skip: `NOT RUN, ${reason}` };
}

/**
 * A database of the test's own, by its number: empty, and emptied after the test. Answers its address. Keys and their
 * expiry are its own. Channels of PUBLISH are the whole server's: their names need a random part.
 */
export async function createRedisUrl(t: TestContext): Promise<string> {
  const place = await claimDatabase();
  t.after(() => {
    sweepWhenLeft(place).catch(() => {}); // By then there may be no server: it was thrown away as a whole.
  });
  return place.url;
}

interface Place {
  readonly number: number;
  readonly url: string;
}

/** Takes an empty database that nobody has claimed; waits when there is none. Database 0 holds the claims. */
async function claimDatabase(): Promise<Place> {
  let found: Place | undefined;
  const isFound = async () => {
    for (const number of await listEmptyDatabases()) {
      if (!(await claim(number))) continue;
      found = { number, url: urlOf(number) };
      return true;
    }
    return false;
  };
  await waitUntil(isFound, {
    what: 'an empty database of Redis that no other test uses',
    patienceMs: 20_000,
  });
  if (found === undefined) throw new Error('The wait has ended without a database.');
  return found;
}

/** On a server of the person's own, their data stay: what is not empty is not taken, and neither is database 0. */
async function listEmptyDatabases(): Promise<number[]> {
  const commands = [
    ['CONFIG', 'GET', 'databases'],
    ['INFO', 'keyspace'],
  ];
  const [setting, keyspace] = await askRedis(urlOf(0), commands);
  const count = Number(Array.isArray(setting) ? setting[1] : 16);
  const filled = new Set(Array.from(String(keyspace).matchAll(/^db(\d+):/gm), (match) => Number(match[1])));
  const numbers = Array.from({ length: count }, (_, number) => number).slice(1);
  // Not from 1 up each time: those that begin at once would then meet at each of them.
  const first = Math.floor(Math.random() * numbers.length);
  const turned = [...numbers.slice(first), ...numbers.slice(0, first)];
  return turned.filter((number) => !filled.has(number));
}

async function claim(number: number): Promise<boolean> {
  // An hour, so that a test that is killed does not hold it for ever.
  const claiming = ['SET', keyOf(number), '1', 'NX', 'EX', '3600'];
  const [claimed, , size] = await askRedis(urlOf(0), [claiming, ['SELECT', String(number)], ['DBSIZE']]);
  if (claimed === null) return false;
  if (size === 0) return true;
  await release(number); // Somebody has used it since the look.
  return false;
}

async function release(number: number): Promise<void> {
  await askRedis(urlOf(0), [['DEL', keyOf(number)]]);
}

function keyOf(number: number): string {
  return `medcenter:test:database:${number}`;
}

function urlOf(database: number): string {
  const server = process.env[variable];
  if (!server) throw new Error(`${variable} is not set: give the suite needsRedis().`);
  const url = new URL(server);
  url.pathname = `/${database}`;
  return url.href;
}

/**
 * Hooks run in the order of their registration, so those that close the test's own connections come after the one that
 * calls this, and are not waited for there. Whoever is still connected after 2 s is cut off.
 */
async function sweepWhenLeft({ number, url }: Place): Promise<void> {
  const isLeft = async () => (await findConnections(number)).length === 0;
  await waitUntil(isLeft, { what: 'its connections to end', patienceMs: 2000 }).catch(() => {});
  for (const id of await findConnections(number)) await askRedis(urlOf(0), [['CLIENT', 'KILL', 'ID', id]]);
  await askRedis(url, [['FLUSHDB']]);
  await release(number);
}

async function findConnections(database: number): Promise<string[]> {
  const [list] = await askRedis(urlOf(0), [['CLIENT', 'LIST']]);
  const lines = String(list)
    .split('\n')
    .filter((line) => line.includes(` db=${database} `));
  return lines.map((line) => /^id=(\d+)/.exec(line)?.[1]).filter((id) => id !== undefined);
}

/** A server that a test may treat badly. */
export interface RedisServer {
  /** Of database 0. It stays the same through a restart. */
  readonly url: string;
  /** Connections stay open, new ones are taken by the system, and nothing answers. */
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  /** As kill -9. */
  kill(): Promise<void>;
  /** Starts it again on the same port, empty: it keeps nothing on the disk. Ends it first, if it runs. */
  restart(): Promise<void>;
  /** Ends it in good order. */
  stop(): Promise<void>;
}

/**
 * A server of the test's own, gone after it in whatever state the test leaves it. It goes without a word and before
 * what the test opened later is closed: the clients of such a test bear that anyway.
 *
 * With `maxmemory`, such as `2mb`, it refuses to write when it is full, until the test sets another policy.
 *
 * @throws ServiceError when there is no Redis on this machine, and none to be fetched
 */
export async function startRedis(
  t: TestContext,
  options: { readonly maxmemory?: string } = {},
): Promise<RedisServer> {
  // It is not detached: Ctrl-C, which ends a test without its last words, ends the server too.
  const { server, port, url, dispose } = await startThrowAwayRedis({ ...options, detached: false });
  t.after(dispose);
  const { freeze, thaw, kill, stop } = server;
  async function restart(): Promise<void> {
    await stop();
    const now = await server.start([port]);
    if (now !== port) throw new Error(`Port ${port} was taken while the server was down.`);
  }
  return { url, freeze, thaw, kill, restart, stop };
}
