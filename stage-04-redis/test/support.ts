import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { createFolder, createLines } from '@medcenter/shared/testing';
import { createDatabase, needsPostgres } from '@medcenter/shared/testing/postgres';
import { createRedisUrl, needsRedis } from '@medcenter/shared/testing/redis';
import { v7 as uuidv7 } from 'uuid';
import { start } from '../src/app/index.ts';
import { openRedis, type Redis, type RedisOptions } from '../src/cache/index.ts';
import { readConfig, variables } from '../src/config/index.ts';
import type { Account } from '../src/domain/index.ts';
import {
  type ClinicStorage,
  createSqlStorage,
  type DatabaseOptions,
  migrateDatabase,
  migrations,
  openDatabase,
  type SqlDatabase,
  sqlAccounts,
} from '../src/repository/index.ts';
import { type Client, createClient } from './contracts/index.ts';

type Suite = { skip?: string | false };
const migrate = async (url: string) => void (await migrateDatabase({ url, file: '' }, migrations));

export interface DatabaseKind {
  readonly name: string;
  readonly suite: Suite;
  /** Makes an empty database of the test's own: its tables are there already. */
  place(t: TestContext): Promise<DatabaseOptions>;
}

export const SQLITE: DatabaseKind = {
  name: 'SQLite',
  suite: {},
  place: async (t) => ({ url: undefined, file: join(await createFolder(t), 'medcenter.db') }),
};

export const POSTGRES: DatabaseKind = {
  name: 'PostgreSQL',
  suite: needsPostgres(),
  // Patience: a busy machine is not what these tests are about.
  place: async (t) => ({ url: await createDatabase(t, migrate), file: '', limits: { connectMs: 5_000 } }),
};

export interface Profile {
  readonly name: string;
  readonly suite: Suite;
  /** The environment of a program with data of the test's own, whatever the stage's own .env says. */
  environment(t: TestContext): Promise<Record<string, string>>;
}

/** Patience, and cheap passwords: neither is what most tests are about. */
const QUICK = {
  PORT: '0',
  DATABASE_CONNECT_TIMEOUT_MS: '5000',
  REDIS_TIMEOUT_MS: '2000',
  PASSWORD_HASH_COST: '10',
};
export const ADMIN_PASSWORD = 'the first of many doors';

export const EMBEDDED: Profile = {
  name: 'embedded',
  suite: {},
  environment: async (t) => {
    const { file } = await SQLITE.place(t);
    return { ...QUICK, ADMIN_PASSWORD, DATABASE_URL: '', REDIS_URL: '', SQLITE_FILE: file };
  },
};

export const SERVERS: Profile = {
  name: 'PostgreSQL and Redis',
  suite: { skip: needsPostgres().skip || needsRedis().skip },
  environment: async (t) => {
    const { url = '', file } = await POSTGRES.place(t);
    return {
      ...QUICK,
      ADMIN_PASSWORD,
      DATABASE_URL: url,
      REDIS_URL: await createRedisUrl(t),
      SQLITE_FILE: file,
    };
  },
};

/** With servers and without. */
export const PROFILES = [EMBEDDED, SERVERS];

export async function openSql(t: TestContext, options: DatabaseOptions): Promise<SqlDatabase> {
  const database = await openDatabase(options, migrations);
  t.after(() => database.close());
  return database;
}

export async function openStorage(t: TestContext, options: DatabaseOptions): Promise<ClinicStorage> {
  return createSqlStorage(await openSql(t, options));
}

/** A client of Redis, under a prefix of its own unless it is given one. */
export async function connectRedis(t: TestContext, options: Partial<RedisOptions> = {}): Promise<Redis> {
  const redis = await openRedis({
    ...options,
    url: options.url ?? (await createRedisUrl(t)),
    prefix: options.prefix ?? `${randomUUID()}:`,
    timeoutMs: options.timeoutMs ?? 2_000,
  });
  t.after(() => redis.close());
  return redis;
}

/** An account in the database, whose password nobody knows. */
export async function addAccount(storage: ClinicStorage, overrides: Partial<Account> = {}): Promise<Account> {
  const id = uuidv7();
  const account: Account = {
    id,
    username: `u-${id}`,
    role: 'receptionist',
    passwordHash: 'of nobody',
    version: 1,
    createdAt: '2026-06-15T10:00:00.000Z',
    ...overrides,
  };
  await storage.transaction((tx) => sqlAccounts(tx.sql).insert(account));
  return account;
}

/** The API as the program runs it, and what it writes to its log. */
export async function startApi(t: TestContext, environment: Record<string, string>) {
  const { out, lines } = createLines();
  const running = await start(readConfig(variables, environment), out);
  t.after(() => running[Symbol.asyncDispose]());
  return { url: running.url, needs: running.needs, lines, stranger: createClient(running.url) };
}

/** A client that has signed in, and its token. */
export async function signIn(
  url: string,
  username = 'admin',
  password = ADMIN_PASSWORD,
): Promise<Client & { token: string }> {
  const { status, body } = await createClient(url).send('POST', '/auth/login', { username, password });
  if (status !== 200) throw new Error(`${username} could not sign in: ${JSON.stringify(body)}`);
  return { ...createClient(url, { authorization: `Bearer ${body.token}` }), token: body.token };
}
