import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import {
  type Fetching,
  fetchByMaven,
  fetchedFolder,
  findOnPath,
  here,
  type Places,
  type ProvideOptions,
} from './fetched-programs.ts';
import { canReach, type SystemUser } from './server-user.ts';
import { ServiceError } from './service-error.ts';

export interface KafkaPrograms {
  /** The program that runs it. */
  readonly java: string;
  /** The folder of its jars. */
  readonly jars: string;
  /** Lets Java start it quicker. */
  readonly archive?: string;
}

/** As pom.xml has it. */
const folderName = 'kafka-4.2.0';

/** Of all jars together: their names and their own SHA-256, a line each, in the order of the names. */
const sumOfJars = 'be310f101f037e2baa68d1b733a5baacf023d8eafc471160966bbe4647c7c2d0';

/** What is here already. It asks no network. */
export function findKafkaPrograms(places: Places = here): KafkaPrograms | undefined {
  const jars = fetchedFolder(folderName, places);
  const java = existsSync(jars) ? findJava(places.env) : undefined;
  return java === undefined ? undefined : { java, jars };
}

/** The first Java that is recent enough: where JAVA_HOME says, and else on the PATH. That is the order of Maven, too. */
function findJava(env: NodeJS.ProcessEnv): string | undefined {
  const named = env.JAVA_HOME ? [join(env.JAVA_HOME, 'bin', 'java')].filter(existsSync) : [];
  return [...named, ...findOnPath('java', env)].find(isRecent);
}

/** From 17 up, which is what Kafka 4 wants of a broker. */
function isRecent(java: string): boolean {
  try {
    const answer = execFileSync(java, ['--version'], { stdio: ['ignore', 'pipe', 'ignore'] }).toString();
    return Number(/^\w+ (\d+)/.exec(answer)?.[1]) >= 17;
  } catch {
    return false; // Java 8 does not know the question. On macOS, a program of this name may only say where to buy one.
  }
}

/** What is here, or else what Maven fetches. @throws ServiceError */
export async function provideKafkaPrograms(
  options: ProvideOptions = {},
  places: Places = here,
): Promise<KafkaPrograms> {
  const found = findKafkaPrograms(places);
  if (found !== undefined) return found;
  const java = findJava(places.env);
  if (java === undefined) {
    throw lack('Java from version 17 up, neither where JAVA_HOME says nor on the PATH, to run Kafka with');
  }
  const jars = fetchedFolder(folderName, places);
  if (!existsSync(jars)) {
    if (findOnPath('mvn', places.env).length === 0) throw lack('Maven on the PATH to fetch Kafka with');
    await fetchByMaven(fetching, options, places);
  }
  return { java, jars };
}

function lack(what: string): ServiceError {
  return new ServiceError(`There is no ${what}.
Install Java and Maven (Debian, Ubuntu: "apt install openjdk-17-jre-headless maven"; macOS: "brew install maven"), or use a container.`);
}

const fetching: Fetching = {
  what: 'Kafka',
  name: folderName,
  profile: 'kafka',
  goalInto: (folder) => [
    ...['dependency:copy-dependencies', '-DincludeScope=runtime'],
    `-DoutputDirectory=${folder}`,
  ],
  async check(folder) {
    if (sumOf(folder) !== sumOfJars) {
      throw new ServiceError(
        'What Maven fetched as Kafka is not what it was: the SHA-256 of its jars differs.',
      );
    }
    for (const name of readdirSync(folder)) chmodSync(join(folder, name), 0o644); // For the user of the server, too.
  },
};

function sumOf(folder: string): string {
  const sum = (data: string | Buffer) => createHash('sha256').update(data).digest('hex');
  const lines = readdirSync(folder)
    .sort()
    .map((name) => `${name} ${sum(readFileSync(join(folder, name)))}\n`);
  return sum(lines.join(''));
}

/** The jars where the user of the server can read them: copied below `place`, once, if they lie in root's own folder. */
export function reachKafkaPrograms(
  user: SystemUser | undefined,
  place: string,
  { java, jars }: KafkaPrograms,
): KafkaPrograms {
  if (!canReach(user, dirname(realpathSync(java)))) {
    throw new ServiceError(`No server is run as root, and ${java} lies where no other user may come.
Install a Java for all users (Debian, Ubuntu: "apt install openjdk-17-jre-headless"), or be another user.`);
  }
  if (canReach(user, jars)) return { java, jars };
  const copy = join(place, folderName);
  if (!existsSync(copy)) {
    rmSync(`${copy}.new`, { recursive: true, force: true });
    cpSync(jars, `${copy}.new`, { recursive: true });
    chmodSync(`${copy}.new`, 0o755);
    renameSync(`${copy}.new`, copy);
  }
  return { java, jars: copy };
}
