import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from '../stages.ts';
import type { Credentials, Subject, Suite } from './harness.ts';
import { type Program, preparePrograms } from './program.ts';
import type { Settings } from './server.ts';
import { prepareDesks } from './stage-02/prepare.ts';
import { suite as ofStage4 } from './stage-04.ts';
import { outages as brokerAway } from './stage-05/broker-away.ts';
import { type Desk, EVENTS_FILE, REMINDER_FILE, SQLITE_FILE } from './stage-05/check.ts';
import { commands } from './stage-05/commands.ts';
import { counts } from './stage-05/counts.ts';
import { crashes } from './stage-05/crashes.ts';
import { deadLetters } from './stage-05/dead-letters.ts';
import { events } from './stage-05/events.ts';
import { openness } from './stage-05/openness.ts';
import { reminders } from './stage-05/reminders.ts';
import { repeats } from './stage-05/repeats.ts';
import { statistics } from './stage-05/statistics.ts';
import { type Kafka, openKafka } from './stage-05/topics.ts';

const reference = [process.execPath, join(ROOT, 'stage-05-events', 'src', 'main.ts')];

/** Always the same one, so that the checks find their way into a database that they have used before. */
const ADMIN: Credentials = { username: 'admin', password: 'lanterns in the fog' };

/** What is different at a later stage. */
export interface Stage {
  /** The command that runs the stage's own program. */
  reference: readonly string[];
  /** Told to each program besides where its data are. */
  settings?: Desk['storage'];
}

/**
 * Where a program has its data. Without a named database that is its folder; programs that share a database share the
 * log and the reminders too, for each of them does what another one has noted there.
 */
function settingsOf(
  subject: Subject,
  { shared, kafka, ofStage }: { shared: string; kafka: Kafka | undefined; ofStage: Pick<Stage, 'reference'> },
): Desk['storage'] {
  const { command, databaseUrl, redisUrl, account = ADMIN } = subject;
  // The reference would find these in its `.env` as well; empty, they are not set.
  const isReference = command.join(' ') === ofStage.reference.join(' ');
  const unset = isReference ? { DATABASE_URL: '', REDIS_URL: '', KAFKA_BROKERS: '', SMTP_URL: '' } : {};
  const placeOf = (file: string) => (databaseUrl === undefined ? file : join(shared, file));
  return {
    ...unset,
    ...(databaseUrl === undefined ? { SQLITE_FILE } : { DATABASE_URL: databaseUrl }),
    ...(redisUrl !== undefined && { REDIS_URL: redisUrl }),
    ...(kafka
      ? { KAFKA_BROKERS: kafka.brokers, KAFKA_TOPIC_PREFIX: kafka.newPrefix() }
      : { EVENTS_FILE: placeOf(EVENTS_FILE) }),
    REMINDER_FILE: placeOf(REMINDER_FILE),
    ADMIN_PASSWORD: account.password,
    // The reference's own: with less work for each hash, hundreds of logins take seconds.
    PASSWORD_HASH_COST: '10',
  };
}

/**
 * Whoever has a database of its own has a log of its own too, or it would hear what is told of other people's data:
 * topics with a prefix, or a file.
 */
function createPlaces(kafka: Kafka | undefined, storage: Desk['storage']) {
  const prefixes = new Map<string, string>();
  return ({ folder }: Program, told: Settings): Record<string, string> => {
    const { DATABASE_URL: url, SQLITE_FILE: file = SQLITE_FILE } = { ...storage, ...told };
    if (!kafka) return url || file === SQLITE_FILE ? {} : { EVENTS_FILE: `${file}-${EVENTS_FILE}` };
    const database = url ? `url ${url}` : `file ${join(folder, file)}`;
    const prefix = prefixes.get(database) ?? kafka.newPrefix();
    prefixes.set(database, prefix);
    return { KAFKA_TOPIC_PREFIX: prefix };
  };
}

/** The checks of this stage alone. */
export const ownChecks = [
  ...statistics,
  ...counts,
  ...reminders,
  ...crashes,
  ...commands,
  ...openness,
  ...brokerAway,
  ...events,
  ...deadLetters,
  ...repeats,
];

/** As the suite's own `prepare`, for this stage and those after it. */
export async function prepareDesk(
  subject: Subject,
  stack: AsyncDisposableStack,
  ofStage: Stage = { reference },
): Promise<(ofCheck: AsyncDisposableStack) => Promise<Desk>> {
  const { url, databaseUrl, redisUrl, kafkaBrokers, account = ADMIN } = subject;
  const kafka = kafkaBrokers === undefined ? undefined : openKafka(kafkaBrokers, stack);
  const { folder } = await (await preparePrograms({ command: [] }, stack))();
  const storage = { ...settingsOf(subject, { shared: folder, kafka, ofStage }), ...ofStage.settings };
  const placeOf = createPlaces(kafka, storage);
  const createDesk = await prepareDesks(subject, stack, storage, placeOf);
  const hasCache = url === undefined && (databaseUrl === undefined || redisUrl !== undefined);
  return async (ofCheck) => ({
    ...(await createDesk(ofCheck)),
    admin: account,
    redisUrl,
    hasCache,
    settingsFor: (program, settings = {}) => ({
      ...{ ...storage, ...settings },
      ...placeOf(program, settings),
    }),
    async remindersOf(program) {
      const file =
        databaseUrl === undefined ? join(program.folder, REMINDER_FILE) : join(folder, REMINDER_FILE);
      const text = await readFile(file, 'utf8').catch(() => '');
      return text.split('\n').filter((line) => line.trim() !== '');
    },
    async topicsOf(program, api, settings = {}) {
      const { KAFKA_TOPIC_PREFIX: prefix } = placeOf(program, settings);
      if (!kafka || prefix === undefined) throw new Error('this check wants Kafka, and does not say so');
      return kafka.open(prefix, api);
    },
  });
}

/**
 * Stage 5: what was booked is told, and what is told is done once. What the stages before promised still holds, so
 * their checks come first. Figures and reminders follow the bookings by a moment: the checks wait for them, and then
 * look whether they stay.
 */
export const suite: Suite<Desk> = {
  title: 'Stage 5, events, statistics and reminders',
  reference,
  serves: true,
  signsIn: true,
  checks: [...ofStage4.checks, ...ownChecks],
  prepare: (subject, stack) => prepareDesk(subject, stack),
};
