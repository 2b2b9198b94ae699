import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Environment } from '@medcenter/stage-01-core/config';
import type { Stage } from '../stages.ts';
import { databaseFileOf, dataFileOf, eventsFileOf, fromRoot } from './data-file.ts';
import { openDoor } from './doors.ts';
import { addSampleClinic } from './sample-clinic.ts';
import { type Login, renewSampleAccount, signIn } from './sample-account.ts';
import { createSampleFile } from './sample-file.ts';
import { type ServingApp, serveApp } from './serve.ts';
import { type Door, describeServed } from './what-to-try.ts';

/** The door of a stage that serves, as far as it is used here. */
interface ServerConfig {
  readonly variables: object;
  readConfig(variables: object, environment: Environment): Config;
  readEnvironment(envFile: URL): Environment;
}
/** Where the data are: of stage 2 in a JSON file, of the later ones in a database; 4 has a door, 5 events, 6 slots, 7 spans. */
type Config = FileConfig | DatabaseConfig | AccessConfig | EventsConfig | ScheduleConfig | ObservedConfig;
interface FileConfig {
  readonly DATA_FILE: string;
}
interface DatabaseConfig {
  readonly SQLITE_FILE: string;
  readonly DATABASE_URL: string | undefined;
}
interface AccessConfig extends DatabaseConfig {
  readonly ADMIN_PASSWORD: string | undefined;
  readonly PASSWORD_HASH_COST: number;
}

interface EventsConfig extends AccessConfig {
  readonly EVENTS_FILE: string;
}

interface ScheduleConfig extends EventsConfig {
  readonly GRPC_PORT: number;
}

interface ObservedConfig extends ScheduleConfig {
  readonly SPANS_FOLDER: string;
}

/** The exit code for an error whose message is all that a person needs to see, by its own code. */
const EXPLAINED: Readonly<Record<string, number>> = { config: 2, database: 1, program_failed: 1 };

/** Whether the stage is a server. */
export async function isServer(stage: Stage): Promise<boolean> {
  return 'serve' in (await openDoor<object>(stage, 'app'));
}

/** Starts the stage, with a few people in its own data, until Ctrl-C. Answers the exit code. */
export async function startServer(stage: Stage): Promise<number> {
  const app = await openDoor<ServingApp>(stage, 'app');
  const { variables, readConfig, readEnvironment } = await openDoor<ServerConfig>(stage, 'config');
  const own = {
    DATA_FILE: dataFileOf(stage),
    SQLITE_FILE: databaseFileOf(stage),
    EVENTS_FILE: eventsFileOf(stage),
  };
  const say = (text: string) => console.error(text);
  try {
    const environment = readEnvironment(pathToFileURL(join(stage.path, '.env')));
    const config = readConfig(variables, { ...own, ...environment });
    const { place, doctorId } = await addSamples(stage, config);
    const login = await addSampleLogin(stage, config);
    let served: string | undefined;
    const opened = async (url: string) => {
      const door = typeof login === 'object' ? { login, token: await signIn(url, login) } : login;
      const lists = listsOf(config, doctorId);
      served = describeServed({ stage, url, place, lists, door, isObserved: 'SPANS_FOLDER' in config });
    };
    return await serveApp(app, config, {
      opened,
      say(text) {
        say(text);
        if (served) say(served);
      },
    });
  } catch (error) {
    const exitCode = error instanceof Error && 'code' in error ? EXPLAINED[String(error.code)] : undefined;
    if (exitCode === undefined) throw error;
    // A program that the stage has started says by itself why it ended, and how.
    const { message, exitCode: ofProgram } = error as Error & { readonly exitCode?: number };
    if (ofProgram === undefined) say(message);
    return ofProgram ?? exitCode;
  }
}

/** What there is to look at besides the patients. */
function listsOf(config: Config, doctorId: string | undefined): string[] {
  if ('DATA_FILE' in config) return [];
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
  const slots = `doctors/${doctorId}/slots?from=${tomorrow}&to=${tomorrow}`;
  return [
    'appointments?limit=2',
    ...('EVENTS_FILE' in config ? ['statistics'] : []),
    ...('GRPC_PORT' in config && doctorId !== undefined ? [slots] : []),
  ];
}

/** Answers where they are, for people, and the id of a doctor, if there is one. */
async function addSamples(
  stage: Stage,
  config: Config,
): Promise<{ place: string; doctorId?: string | undefined }> {
  if ('DATA_FILE' in config) {
    await createSampleFile(config.DATA_FILE);
    return { place: fromRoot(config.DATA_FILE) };
  }
  const { DATABASE_URL: url, SQLITE_FILE: file } = config;
  const doctorId = await addSampleClinic(stage, { url, file });
  return { place: url ? 'the PostgreSQL of DATABASE_URL' : fromRoot(file), doctorId };
}

/** Only where the data are our samples. In a person's own PostgreSQL their accounts are not touched. */
async function addSampleLogin(stage: Stage, config: Config): Promise<Login | Exclude<Door, object>> {
  if (!('ADMIN_PASSWORD' in config)) return 'none';
  const { DATABASE_URL: url, SQLITE_FILE: file, ADMIN_PASSWORD: password, PASSWORD_HASH_COST: cost } = config;
  return url ? 'own accounts' : await renewSampleAccount(stage, { url, file }, { password, cost });
}
