import { type ChildProcess, execFile } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createFolder, createLines, runProgram, startProgram } from '@medcenter/shared/testing';
import { createTopicPrefix, needsKafka, testBrokers } from '@medcenter/shared/testing/kafka';
import { needsPostgres } from '@medcenter/shared/testing/postgres';
import { createRedisUrl, needsRedis } from '@medcenter/shared/testing/redis';
import { runCommandLine, start, startSchedule } from '../src/app/index.ts';
import type { Terminal } from '../src/cli/index.ts';
import { readConfig, variables } from '../src/config/index.ts';
import {
  type Client,
  createClient,
  sampleDoctorInput,
  samplePatientInput,
  sampleSchedule,
} from './contracts/index.ts';
import { POSTGRES } from './support.ts';

type Suite = { skip?: string | false };
type Environment = Record<string, string>;

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
    SQLITE_FILE: join(folder, 'medcenter.db'),
    EVENTS_FILE: join(folder, 'events.db'),
    REMINDER_FILE: join(folder, 'reminders.jsonl'),
  };
}

export const EMBEDDED: Profile = { name: 'embedded', suite: {}, environment: embeddedEnvironment };

export const SERVERS: Profile = {
  name: 'PostgreSQL, Redis and Kafka',
  suite: { skip: needsPostgres().skip || needsRedis().skip || needsKafka().skip },
  environment: async (t) => ({
    ...(await embeddedEnvironment(t)),
    DATABASE_URL: (await POSTGRES.place(t)).url ?? '',
    REDIS_URL: await createRedisUrl(t),
    KAFKA_BROKERS: testBrokers(),
    KAFKA_TOPIC_PREFIX: createTopicPrefix(),
  }),
};

/** With servers and without. */
export const PROFILES = [EMBEDDED, SERVERS];

/** The API and a schedule service, both in this process, with gRPC between them; and what they write to their logs. */
export async function startApi(t: TestContext, environment: Environment) {
  const { out, lines } = createLines();
  const schedule = await startSchedule(readConfig(variables, environment), out);
  const there = { ...environment, SCHEDULE_ADDRESS: schedule.address };
  const running = await start(readConfig(variables, there), out);
  t.after(async () => {
    await running[Symbol.asyncDispose]();
    await schedule[Symbol.asyncDispose]();
  });
  return { url: running.url, needs: running.needs, address: schedule.address, lines };
}

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const TIMEOUT_MS = 120_000;

/** The program as a process; what it does, it is only about to do. */
export async function launch(t: TestContext, env: Environment, args: readonly string[] = []) {
  return startProgram(t, MAIN, args, { cwd: await createFolder(t), env, timeoutMs: TIMEOUT_MS });
}

/** Runs the program until it says something. */
async function startMain(t: TestContext, env: Environment, args: readonly string[], awaited: RegExp) {
  const child = await launch(t, env, args);
  const output = { logged: '', said: '' };
  child.stdout?.setEncoding('utf8').on('data', (text) => {
    output.logged += text;
  });
  const address = Promise.withResolvers<string>();
  child.stderr?.setEncoding('utf8').on('data', (text) => {
    output.said += text;
    const [, found] = awaited.exec(output.said) ?? [];
    if (found) address.resolve(found);
  });
  child.once('close', () => address.reject(new Error(`it did not start: ${output.said}`)));
  return { child, output, address: await address.promise };
}

/** The API as a process; its address is read from what it says. */
export async function startServer(t: TestContext, env: Environment) {
  const { address: url, ...server } = await startMain(t, env, [], /(http:\/\/[\d.:]+)\/api/);
  return { url, ...server };
}

/** The schedule service as a process, without an API. */
export const startScheduleServer = (t: TestContext, env: Environment) =>
  startMain(t, env, ['schedule'], /^schedule: gRPC at (\S+)/m);

export async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  const closed = once(child, 'exit');
  child.kill(signal);
  const [code] = await closed;
  return code;
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

/** The program to its end. */
export async function runMain(t: TestContext, env: Environment, args: readonly string[], input = '') {
  return runProgram(t, MAIN, args, { cwd: await createFolder(t), env, input, timeoutMs: TIMEOUT_MS });
}

/** One command line as the program runs it, without a process of its own. */
export async function command(env: Environment, ...args: string[]) {
  const said = { stdout: '', stderr: '' };
  const terminal: Terminal = {
    columns: 100,
    print(text) {
      said.stdout += `${text}\n`;
    },
    note(text) {
      said.stderr += `${text}\n`;
    },
    strong: (text) => text,
  };
  const exitCode = await runCommandLine(readConfig(variables, env), args, terminal);
  return { exitCode, ...said };
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
  const doctorId: string = doctor.body.id;
  const path = `/api/v1/doctors/${doctorId}`;
  const put = await client.send('PUT', `${path}/schedule`, sampleSchedule());
  if (put.status !== 200) throw new Error(JSON.stringify(put.body));
  const people = { patientId: patient.body.id as string, doctorId };
  return {
    ...people,
    path,
    /** Half an hour that begins at this time in UTC: 08:00 to 09:30 are slots. */
    book: (time: string, headers?: Record<string, string>) =>
      client.send('POST', '/api/v1/appointments', { ...people, ...halfHour(time) }, headers),
    change: (id: string, change: object) => client.send('PATCH', `/api/v1/appointments/${id}`, change),
    slots: async (): Promise<string[]> => {
      const { body } = await client.send('GET', `${path}/slots?from=${MONDAY}&to=${MONDAY}`);
      return body.items.map(({ startsAt }: { startsAt: string }) => startsAt.slice(11, 16));
    },
  };
}

export function halfHour(time: string) {
  const startsAt = new Date(`${MONDAY}T${time}:00Z`);
  return { startsAt: startsAt.toISOString(), endsAt: new Date(startsAt.getTime() + 1_800_000).toISOString() };
}

/** All that was ever counted. */
export async function totals(client: Client): Promise<{ booked: number; cancelled: number }> {
  const { body } = await client.send('GET', '/api/v1/statistics');
  const sum = { booked: 0, cancelled: 0 };
  for (const { booked, cancelled } of body.items) {
    sum.booked += booked;
    sum.cancelled += cancelled;
  }
  return sum;
}
