import { setTimeout as sleep } from 'node:timers/promises';
import { createClient, ErrorReply } from 'redis';
import { unavailable } from '../domain/index.ts';

export type RedisClient = ReturnType<typeof createClientOf>;

/** A Redis server that is asked for an answer soon, or for none. */
export interface Redis {
  /**
   * The answer of one or more commands, sent together.
   * @throws DomainError `unavailable` when none comes in time, when the server refuses, and at once while it is known
   *   not to answer
   */
  ask<T>(commands: (client: RedisClient) => Promise<T>): Promise<T>;
  /** Another one after each start of the server, and for each server. It is asked for once a connection. */
  serverId(): Promise<string>;
  close(): Promise<void>;
}

export interface RedisOptions {
  /** `redis://user:password@host:port/database` */
  readonly url: string;
  /** Stands before each key, so that others on the same server do not meet ours. */
  readonly prefix: string;
  /** For an answer. */
  readonly timeoutMs: number;
  /** Told when it stops answering, with the reason, and when it answers again, with none. */
  onChange?(error?: unknown): void;
  /** Told of a refusal (it is full, read-only, does not let us), of each kind once a minute. */
  onRefusal?(error: unknown): void;
}

/** So many questions in a row without an answer, and it is asked no more. One alone may be bad luck. */
const FAILURES_IN_A_ROW = 3;
/** So often it is then asked whether it is there again. */
const PROBE_MS = 250;
/** A connection that is silent for so long is given up for a new one. */
const SILENT_MS = 5_000;
/** How long the first connection may take. A server that is not there must not keep the program from starting. */
const CONNECT_MS = 1_000;

/**
 * A client of Redis with a circuit breaker. node-redis has no limit for a command that was sent (a frozen server keeps
 * it waiting for ever), and a limit alone would let every request pay for it. So after a few failures in a row nobody
 * asks any more but a probe, until it has an answer.
 */
export async function openRedis(options: RedisOptions): Promise<Redis> {
  const { timeoutMs, onChange = () => {}, onRefusal = () => {} } = options;
  const isNewRefusal = createKinds();
  let reason: unknown;
  const connectAgain = () => {
    const connected = connect(options, (error) => {
      reason = error;
    });
    connected.client.on('ready', () => {
      reason = undefined;
    });
    return connected;
  };
  let { client, ready } = connectAgain();
  let failures = 0;
  let trouble: { error: unknown } | undefined;
  let closed = false;

  const probe = async () => {
    for (let connectedAt = performance.now(); !closed; ) {
      await sleep(PROBE_MS, undefined, { ref: false });
      try {
        await inTime(client.ping(), timeoutMs);
        [trouble, failures, reason] = [undefined, 0, undefined];
        return onChange();
      } catch {
        if (performance.now() - connectedAt < SILENT_MS || closed) continue;
        client.destroy();
        ({ client, ready } = connectAgain());
        connectedAt = performance.now();
      }
    }
  };
  const giveUp = (error: unknown) => {
    if (trouble) return;
    trouble = { error: reason ?? error }; // What the connection says is more than that nobody answered.
    onChange(trouble.error);
    void probe();
  };

  await inTime(ready, CONNECT_MS).catch(giveUp);

  const ask: Redis['ask'] = async (commands) => {
    if (trouble) throw notAnswering(trouble.error);
    try {
      const answer = await inTime(commands(client), timeoutMs);
      failures = 0;
      return answer;
    } catch (error) {
      if (error instanceof TypeError) throw error; // A defect of ours is no silence of the server's.
      const isRefusal = error instanceof ErrorReply;
      failures = isRefusal ? 0 : failures + 1; // A refusal is an answer.
      if (isRefusal && isNewRefusal(error)) onRefusal(error);
      if (failures >= FAILURES_IN_A_ROW) giveUp(error);
      throw notAnswering(error);
    }
  };
  return {
    ask,
    serverId: createServerIds(ask, () => client),
    async close() {
      closed = true;
      // What is under way has its time limit; a frozen server does not say goodbye.
      await inTime(client.isReady ? client.close() : Promise.resolve(), timeoutMs).catch(() => {});
      client.destroy(); // Also one that was closed: its socket stays until the server says goodbye.
    },
  };
}

/** Asks for the server's id once a connection: a server that was started again has closed the old ones. */
function createServerIds(ask: Redis['ask'], clientNow: () => RedisClient): Redis['serverId'] {
  let known: { of: RedisClient; socketEpoch: number; id: string } | undefined;
  return async () => {
    const of = clientNow();
    const { socketEpoch } = of;
    if (known?.of === of && known.socketEpoch === socketEpoch) return known.id;
    const info = await ask((client) => client.info('server'));
    known = { of, socketEpoch, id: /^run_id:(\w+)/m.exec(info)?.[1] ?? '' };
    return known.id;
  };
}

export interface RedisManner {
  /** What it does when it is full, such as `noeviction`. */
  readonly whenFull: string | undefined;
  /** It writes snapshots now and then, and no log: after a crash it knows what was so at the last snapshot. */
  readonly forgetsBackwards: boolean;
}

/** How the server keeps what it is given. @throws DomainError `unavailable` */
export async function readManner(redis: Redis): Promise<RedisManner> {
  const [memory, persistence, settings] = await redis.ask((client) =>
    Promise.all([
      client.info('memory'),
      client.info('persistence'),
      client.configGet('save').catch(() => ({ save: '' })), // Some do not let everybody ask.
    ]),
  );
  const hasLog = /^aof_enabled:1/m.test(persistence);
  return {
    whenFull: /^maxmemory_policy:(\S+)/m.exec(memory)?.[1],
    forgetsBackwards: !hasLog && (settings.save ?? '') !== '',
  };
}

/** Host, port and database of the URL, for people: without the password. */
export function placeOfRedis(url: string): string {
  const { host, pathname } = new URL(url);
  return host + pathname;
}

function createClientOf({ url, prefix }: RedisOptions) {
  return createClient({
    url,
    keyPrefix: prefix,
    name: 'medcenter',
    disableOfflineQueue: true, // What cannot be sent fails at once.
    commandOptions: { timeout: 0 }, // `inTime` has one that also covers what was sent.
    socket: { connectTimeout: CONNECT_MS, reconnectStrategy: () => PROBE_MS, keepAlive: true },
  });
}

/** Whether the refusal, by its first word such as READONLY, is the first of its kind within a minute. */
function createKinds(): (error: Error) => boolean {
  const toldAt = new Map<string, number>();
  return ({ message }) => {
    const [kind = ''] = message.split(' ', 1);
    const isNew = performance.now() - (toldAt.get(kind) ?? Number.NEGATIVE_INFINITY) > 60_000;
    if (isNew) toldAt.set(kind, performance.now());
    return isNew;
  };
}

/** A client that goes on trying until it is connected, and after each break; it says why it is not. */
function connect(
  options: RedisOptions,
  onError: (error: unknown) => void,
): { client: RedisClient; ready: Promise<unknown> } {
  const client = createClientOf(options);
  client.on('error', onError); // An event of this name that nobody hears ends the process.
  const ready = client.connect();
  ready.catch(() => {}); // It was closed before it was there.
  return { client, ready };
}

/** The answer, or an error when it does not come in time. */
function inTime<T>(answer: Promise<T>, milliseconds: number): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  // The program itself may have been busy: what has arrived meanwhile is read before the time is called over.
  const overTime = () => setImmediate(() => reject(new Error(`no answer in ${milliseconds} ms`)));
  const timer = setTimeout(overTime, milliseconds);
  answer.then(resolve, reject).finally(() => clearTimeout(timer));
  return promise;
}

function notAnswering(error: unknown): Error {
  return unavailable('a part of the system cannot answer now: try again', error);
}
