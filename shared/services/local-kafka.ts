import { join } from 'node:path';
import { provideArchive } from './kafka-archive.ts';
import {
  findListeningPort,
  formatKafka,
  isOfKafka,
  readClusterId,
  readPid,
  spawnKafka,
} from './kafka-process.ts';
import { provideKafkaPrograms, reachKafkaPrograms } from './kafka-programs.ts';
import { askKafka } from './kafka-wire.ts';
import { type LocalServer, openLocalServer } from './local-server.ts';
import { findServerUser } from './server-user.ts';
import { ServiceError } from './service-error.ts';

export interface LocalKafkaOptions {
  /** The folder that holds its data, its settings and its log. The user of the server must be able to reach it. */
  readonly folder: string;
  readonly say?: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/** The address of a broker on this machine, as clients want it. */
export function kafkaBroker({ port }: { readonly port: number }): string {
  return `127.0.0.1:${port}`;
}

/** The Kafka that Maven fetches, a single broker with its data in a folder. */
export function openLocalKafka({ folder, signal, say }: LocalKafkaOptions): LocalServer {
  const dataFolder = join(folder, 'data');
  const logFile = join(folder, 'kafka.log');

  return openLocalServer({
    title: 'Kafka',
    dataFolder,
    logFile,
    say,
    signal,
    // Java does not hear SIGINT where a shell has started it in the background.
    endSignal: 'SIGTERM',
    isOfServer: (process) => isOfKafka(process, folder),
    readPid: () => readPid(folder),
    findPort: findListeningPort,

    async prepare() {
      if (process.platform === 'win32')
        throw new ServiceError('On Windows, Kafka runs in a container only: start a container engine.');
      const user = findServerUser();
      const found = await provideKafkaPrograms({ say, signal });
      const reached = reachKafkaPrograms(user, folder, found);
      // A copy has another path, and so would want an archive of its own.
      const isCopy = reached.jars !== found.jars;
      const programs = isCopy ? reached : await provideArchive(reached, user, { say, signal });
      const settings = { programs, user, folder, dataFolder, logFile };
      await formatKafka(settings, { say, signal });
      return (launch) => spawnKafka({ ...settings, ...launch });
    },

    /** It tells its cluster, for somebody else may answer on the port; and whether it lets clients in. */
    async isHealthy(port) {
      const answer = askKafka(kafkaBroker({ port }), 1000);
      return await answer.then(
        ({ id, brokers }) => id === readClusterId(dataFolder) && brokers.some((one) => one.port === port),
        () => false,
      );
    },

    async stopOnWindows() {}, // It never ran there.
  });
}
