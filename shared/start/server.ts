import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import type { Environment } from '@medcenter/stage-01-core/config';
import type { Running } from '@medcenter/stage-02-http/app';
import type { Stage } from '../stages.ts';
import { databaseFileOf, dataFileOf, fromRoot } from './data-file.ts';
import { openDoor } from './doors.ts';
import { addSampleClinic } from './sample-clinic.ts';
import { createSampleFile } from './sample-file.ts';

/** The doors of a stage that serves, as far as they are used here. */
interface ServerApp {
  start(config: Config, out: Writable): Promise<Running>;
  serve(open: () => Promise<Running>, say: (text: string) => void): Promise<number>;
}
interface ServerConfig {
  readonly variables: object;
  readConfig(variables: object, environment: Environment): Config;
  readEnvironment(envFile: URL): Environment;
}
/** Where the data are: of stage 2 in a JSON file, of the later ones in a database. */
type Config =
  | { readonly DATA_FILE: string }
  | { readonly SQLITE_FILE: string; readonly DATABASE_URL: string | undefined };

/** The exit code for an error whose message is all that a person needs to see, by its own code. */
const EXPLAINED: Readonly<Record<string, number>> = { config: 2, database: 1 };

/** Whether the stage is a server. */
export async function isServer(stage: Stage): Promise<boolean> {
  return 'serve' in (await openDoor<object>(stage, 'app'));
}

/** Starts the stage, with a few people in its own data, until Ctrl-C. Answers the exit code. */
export async function startServer(stage: Stage): Promise<number> {
  const { start, serve } = await openDoor<ServerApp>(stage, 'app');
  const { variables, readConfig, readEnvironment } = await openDoor<ServerConfig>(stage, 'config');
  const own = { DATA_FILE: dataFileOf(stage), SQLITE_FILE: databaseFileOf(stage) };
  const say = (text: string) => console.error(text);
  try {
    const environment = readEnvironment(pathToFileURL(join(stage.path, '.env')));
    const config = readConfig(variables, { ...own, ...environment });
    const place = await addSamples(stage, config);
    let url: string | undefined;
    const open = async () => {
      const running = await start(config, process.stdout);
      url = running.url;
      return running;
    };
    return await serve(open, (text) => {
      say(text);
      if (url) say(whatToTry(stage, url, place, 'DATA_FILE' in config));
    });
  } catch (error) {
    const exitCode = error instanceof Error && 'code' in error ? EXPLAINED[String(error.code)] : undefined;
    if (exitCode === undefined) throw error;
    say((error as Error).message);
    return exitCode;
  }
}

/** Answers where they are, for people. */
async function addSamples(stage: Stage, config: Config): Promise<string> {
  if ('DATA_FILE' in config) {
    await createSampleFile(config.DATA_FILE);
    return fromRoot(config.DATA_FILE);
  }
  const { DATABASE_URL: url, SQLITE_FILE: file } = config;
  await addSampleClinic(stage, { url, file });
  return url ? 'the PostgreSQL of DATABASE_URL' : fromRoot(file);
}

function whatToTry({ number, folder }: Stage, url: string, place: string, patientsAlone: boolean): string {
  const appointments = patientsAlone ? '' : `\n  curl -s "${url}/api/v1/appointments?limit=2"`;
  return `
Stage ${number} serves the people in ${place}.

Try next, here a page for your browser, and lines for another terminal:
  ${url}/docs
  curl -i "${url}/api/v1/patients?limit=2"
  curl -s "${url}/api/v1/patients?search=okafor"${appointments}
Each request writes a line here. Ctrl-C ends it.
Then read ${folder}/README.md, the lesson. "npm run demo:${number}" is a guided tour.
`;
}
