import assert from 'node:assert/strict';
import { type ChildProcess, execFile } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createFolder, runProgram, startProgram } from '@medcenter/shared/testing';
import { createTopicPrefix, needsKafka, testBrokers } from '@medcenter/shared/testing/kafka';
import { createRedisUrl, needsRedis } from '@medcenter/shared/testing/redis';
import {
  type Client,
  createClient,
  eventually,
  sampleDoctorInput,
  samplePatientInput,
  sampleSchedule,
} from './contracts/index.ts';
import { POSTGRES } from './support.ts';

type Suite = { skip?: string | false };
export type Environment = Record<string, string>;

export interface Profile {
  readonly name: string;
  readonly suite: Suite;
  /** The environment of a program with data of the test's own, whatever the stage's own .env says. */
  environment(t: TestContext): Promise<Environment>;
}

/** Patience, and cheap passwords: neither is what most tests are about. */
const QUICK = {
  PORT: '0',
  GRPC_PORT: '0',
  SCHEDULE_ADDRESS: '',
  DATABASE_CONNECT_TIMEOUT_MS: '5000',
  REDIS_TIMEOUT_MS: '2000',
  PASSWORD_HASH_COST: '10',
  // These tests share the machine with others.
  EVENT_LOOP_DELAY_LIMIT_MS: '0',
};
export const ADMIN_PASSWORD = 'the first of many doors';

/** Everything in files of a folder of the test's own. */
async function embeddedEnvironment(t: TestContext): Promise<Environment> {
  const folder = await createFolder(t);
  return {
    ...QUICK,
    ADMIN_PASSWORD,
    DATABASE_URL: '',
    REDIS_URL: '',
    KAFKA_BROKERS: '',
    OTEL_EXPORTER_OTLP_ENDPOINT: '',
    SQLITE_FILE: join(folder, 'medcenter.db'),
    EVENTS_FILE: join(folder, 'events.db'),
    REMINDER_FILE: join(folder, 'reminders.jsonl'),
    SPANS_FOLDER: join(folder, 'spans'),
  };
}

export const EMBEDDED: Profile = { name: 'embedded', suite: {}, environment: embeddedEnvironment };

export const SERVERS: Profile = {
  name: 'PostgreSQL, Redis and Kafka',
  suite: { skip: POSTGRES.suite.skip || needsRedis().skip || needsKafka().skip },
  environment: async (t) => ({
    ...(await embeddedEnvironment(t)),
    DATABASE_URL: await POSTGRES.place(t),
    REDIS_URL: await createRedisUrl(t),
    KAFKA_BROKERS: testBrokers(),
    KAFKA_TOPIC_PREFIX: createTopicPrefix(),
  }),
};

/** With servers and without. */
export const PROFILES = [EMBEDDED, SERVERS];

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const TIMEOUT_MS = 120_000;

/** A line of the log. What a test looks for there may be of any shape. */
// biome-ignore lint/suspicious/noExplicitAny: a test fails where it is another.
export type Line = Record<string, any>;

export interface Program {
  readonly url: string;
  readonly child: ChildProcess;
  readonly output: { logged: string; said: string };
  /** The lines that are whole by now. */
  log(): Line[];
  /** Resolves with the exit code when all that it wrote is here. */
  ended(): Promise<number | null>;
}

/** The API as a process, until it says where it is. Whatever it has started ends with the test, too. */
export async function startServer(t: TestContext, env: Environment): Promise<Program> {
  const child = startProgram(t, MAIN, [], { cwd: await createFolder(t), env, timeoutMs: TIMEOUT_MS });
  const output = { logged: '', said: '' };
  child.stdout?.setEncoding('utf8').on('data', (text) => {
    output.logged += text;
  });
  const address = Promise.withResolvers<string>();
  child.stderr?.setEncoding('utf8').on('data', (text) => {
    output.said += text;
    const [, found] = /(http:\/\/[\d.:]+)\/api/.exec(output.said) ?? [];
    if (found) address.resolve(found);
  });
  const closed = once(child, 'close') as Promise<[number | null]>;
  closed.then(() => address.reject(new Error(`it did not start: ${output.said}`)));
  const url = await address.promise;
  return { url, child, output, log: () => readLines(output.logged), ended: async () => (await closed)[0] };
}

/** The whole lines of a text, each of JSON. */
export function readLines(text: string): Line[] {
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));
}

/** All lines of all files of spans, as text. */
export async function readSpanFiles(folder: string): Promise<string> {
  const names = await readdir(folder).catch(() => []);
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
  return texts.join('');
}

/** The schedule service of a program. */
export async function scheduleOf(t: TestContext, child: ChildProcess): Promise<number> {
  const [pid = assert.fail('it has no child'), ...more] = await childrenOf(child);
  assert.deepEqual(more, []);
  t.after(() => {
    if (isAlive(pid)) process.kill(pid, 'SIGKILL');
  });
  return pid;
}

/** Sends the signal; answers the exit code, and how long it took. */
export async function end({ child, ended }: Pick<Program, 'child' | 'ended'>, signal: NodeJS.Signals) {
  const begun = performance.now();
  child.kill(signal);
  const exitCode = await ended();
  return { exitCode, ms: performance.now() - begun };
}

/** The ids of the processes that a process has started, and that are there. */
export async function childrenOf({ pid }: Pick<ChildProcess, 'pid'>): Promise<number[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'ppid=', '-o', 'pid=']);
  const pairs = stdout.split('\n').map((line) => line.trim().split(/\s+/).map(Number));
  return pairs.flatMap(([parent, child = 0]) => (parent === pid ? [child] : []));
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

export const gone = (pid: number, patienceMs = 5_000) =>
  eventually(() => !isAlive(pid), { what: `the end of ${pid}`, patienceMs });

/** Runs the program to its end. */
export async function runMain(t: TestContext, env: Environment, args: readonly string[], input = '') {
  return runProgram(t, MAIN, args, { cwd: await createFolder(t), env, input, timeoutMs: TIMEOUT_MS });
}

/** Runs work that has to be done by then. */
export async function inTime<T>(limitMs: number, what: string, work: () => Promise<T>): Promise<T> {
  const began = performance.now();
  const result = await work();
  const took = performance.now() - began;
  assert.ok(took < limitMs, `${what} took ${took} ms`);
  return result;
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

/** A Monday far away. In Berlin it is an hour ahead of UTC then. */
export const MONDAY = '2091-03-05';

/** A patient, and a doctor who is booked by slots: half hours from 9 to 11 in Berlin. */
export async function createPractice(client: Client) {
  const patient = await client.send('POST', '/api/v1/patients', samplePatientInput());
  const doctor = await client.send('POST', '/api/v1/doctors', sampleDoctorInput());
  const path = `/api/v1/doctors/${doctor.body.id}`;
  const put = await client.send('PUT', `${path}/schedule`, sampleSchedule());
  if (put.status !== 200) throw new Error(JSON.stringify(put.body));
  const people = { patientId: patient.body.id as string, doctorId: doctor.body.id as string };
  return {
    ...people,
    path,
    /** Half an hour that begins at this time in UTC: 08:00 to 09:30 are slots. */
    book: (time: string, headers?: Record<string, string>) =>
      client.send('POST', '/api/v1/appointments', { ...people, ...halfHour(time) }, headers),
  };
}

export function halfHour(time: string) {
  const startsAt = new Date(`${MONDAY}T${time}:00Z`);
  return { startsAt: startsAt.toISOString(), endsAt: new Date(startsAt.getTime() + 1_800_000).toISOString() };
}

/** The API as a process, the schedule service that it started, a client, and a doctor who is booked by slots. */
export async function startPractice(t: TestContext, env: Environment) {
  const server = await startServer(t, env);
  const pid = await scheduleOf(t, server.child);
  const client = await signIn(server.url);
  return { ...server, pid, client, ...(await createPractice(client)) };
}
