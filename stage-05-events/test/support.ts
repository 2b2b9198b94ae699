import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { createFolder, createLines } from '@medcenter/shared/testing';
import { createTopicPrefix, needsKafka, testBrokers } from '@medcenter/shared/testing/kafka';
import { createDatabase, needsPostgres } from '@medcenter/shared/testing/postgres';
import { createRedisUrl, needsRedis } from '@medcenter/shared/testing/redis';
import { v7 as uuidv7 } from 'uuid';
import { createNewEvent, start } from '../src/app/index.ts';
import { readConfig, variables } from '../src/config/index.ts';
import type { AppointmentEvent, Clock } from '../src/domain/index.ts';
import { type EventLog, openKafkaLog, openSqliteLog } from '../src/events/index.ts';
import {
  type ClinicStorage,
  createSqlStorage,
  type DatabaseOptions,
  migrateDatabase,
  migrations,
  openDatabase,
  type SqlDatabase,
  sqlOutbox,
  withOutbox,
} from '../src/repository/index.ts';
import {
  createAppointmentRegistry,
  createDoctorRegistry,
  createPatientRegistry,
  createSystemClock,
} from '../src/service/index.ts';
import { type Client, createClient, sampleDoctorInput, samplePatientInput } from './contracts/index.ts';

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

export const DATABASES = [SQLITE, POSTGRES];

export async function openSql(t: TestContext, options: DatabaseOptions): Promise<SqlDatabase> {
  const database = await openDatabase(options, migrations);
  t.after(() => database.close());
  return database;
}

export async function openStorage(t: TestContext, options: DatabaseOptions): Promise<ClinicStorage> {
  return createSqlStorage(await openSql(t, options));
}

export const SYSTEM_CLOCK = createSystemClock();

export interface LogKind {
  readonly name: string;
  readonly suite: Suite;
  /** An empty log; each call of what it answers opens it once more. */
  place(t: TestContext): Promise<() => Promise<EventLog>>;
}

/** Hooks run in the order of their registration: what is opened here is closed when the test's own things are. */
function opening(t: TestContext, open: () => Promise<EventLog>): () => Promise<EventLog> {
  return async () => {
    const log = await open();
    t.after(() => log.close());
    return log;
  };
}

export const FILE_LOG: LogKind = {
  name: 'the log in a file',
  suite: {},
  place: async (t) => {
    const file = join(await createFolder(t), 'events.db');
    return opening(t, () => openSqliteLog(file, SYSTEM_CLOCK));
  },
};

export const KAFKA: LogKind = {
  name: 'Kafka',
  suite: needsKafka(),
  place: async (t) => {
    const prefix = createTopicPrefix();
    return opening(t, () => openKafkaLog({ brokers: testBrokers().split(','), prefix }));
  },
};

export const LOGS = [FILE_LOG, KAFKA];

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

/** Everything in files of a folder of the test's own. */
export async function embeddedEnvironment(t: TestContext): Promise<Record<string, string>> {
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

/** A clock that a test moves. */
export function createMovableClock(instant = '2027-02-01T10:00:00.000Z') {
  let now = Date.parse(instant);
  const clock: Clock = { now: () => new Date(now), today: () => new Date(now).toISOString().slice(0, 10) };
  return {
    ...clock,
    moveTo(to: string) {
      now = Date.parse(to);
    },
    moveBy(milliseconds: number) {
      now += milliseconds;
    },
  };
}

/** The services over a storage that tells, with one patient and one doctor; and what waits in the outbox. */
export async function createTellingClinic(stored: ClinicStorage, clock: Clock = createMovableClock()) {
  let commits = 0;
  const storage = withOutbox(stored, { newEvent: createNewEvent(clock), onCommit: () => void commits++ });
  const deps = { storage, newId: uuidv7, clock };
  const patient = await createPatientRegistry(deps).register(samplePatientInput());
  const doctor = await createDoctorRegistry(deps).register(sampleDoctorInput());
  const appointments = createAppointmentRegistry(deps);
  let hour = 0;
  /** Each time another hour of 1 March 2027 and the days behind it. */
  const nextTime = () => {
    const startsAt = Date.UTC(2027, 2, 1, hour++);
    return {
      startsAt: new Date(startsAt).toISOString(),
      endsAt: new Date(startsAt + 1_800_000).toISOString(),
    };
  };
  return {
    storage,
    stored,
    clock,
    patient,
    doctor,
    appointments,
    nextTime,
    commits: () => commits,
    book: () => appointments.book({ patientId: patient.id, doctorId: doctor.id, ...nextTime() }),
    async waiting(): Promise<AppointmentEvent[]> {
      return (await sqlOutbox(stored.sql).list(10_000)).map(({ value }) => JSON.parse(value));
    },
  };
}
