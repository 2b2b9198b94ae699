import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import type { Environment } from '@medcenter/stage-01-core/config';
import type { Running } from '@medcenter/stage-02-http/app';
import type { Stage } from '../stages.ts';
import { dataFileOf, fromRoot } from './data-file.ts';
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
interface Config {
  readonly DATA_FILE: string;
}

/** Whether the stage is a server. */
export async function isServer(stage: Stage): Promise<boolean> {
  return 'serve' in (await openDoor<object>(stage, 'app'));
}

/** Starts the stage, with a few people in its own data file, until Ctrl-C. Answers the exit code. */
export async function startServer(stage: Stage): Promise<number> {
  const { start, serve } = await openDoor<ServerApp>(stage, 'app');
  const { variables, readConfig, readEnvironment } = await openDoor<ServerConfig>(stage, 'config');
  const environment = readEnvironment(pathToFileURL(join(stage.path, '.env')));
  const say = (text: string) => console.error(text);
  try {
    const config = readConfig(variables, { DATA_FILE: dataFileOf(stage), ...environment });
    await createSampleFile(config.DATA_FILE);
    let url: string | undefined;
    const open = async () => {
      const running = await start(config, process.stdout);
      url = running.url;
      return running;
    };
    return await serve(open, (text) => {
      say(text);
      if (url) say(whatToTry(stage, url, fromRoot(config.DATA_FILE)));
    });
  } catch (error) {
    // A wrong variable: its message is all that a person needs to see.
    if (!(error instanceof Error && 'code' in error && error.code === 'config')) throw error;
    say(error.message);
    return 2;
  }
}

function whatToTry({ number, folder }: Stage, url: string, file: string): string {
  return `
Stage ${number} serves the people in ${file}.

Try next, here a page for your browser, and two lines for another terminal:
  ${url}/docs
  curl -i "${url}/api/v1/patients?limit=2"
  curl -s "${url}/api/v1/patients?search=okafor"
Each request writes a line here. Ctrl-C ends it.
Then read ${folder}/README.md, the lesson. "npm run demo:${number}" is a guided tour.
`;
}

async function openDoor<Door>({ path }: Stage, layer: string): Promise<Door> {
  return await import(pathToFileURL(join(path, 'src', layer, 'index.ts')).href);
}
