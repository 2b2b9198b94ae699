import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type LocalServer, openLocalServer } from './local-server.ts';
import { findListeningPort, isOfRedis, pidFileName, spawnRedis } from './redis-process.ts';
import { provideRedisProgram, reachRedisProgram } from './redis-programs.ts';
import { askRedis, redisUrl } from './redis-url.ts';
import { createFolderOf, findServerUser } from './server-user.ts';
import { ServiceError } from './service-error.ts';

export interface LocalRedisOptions {
  /** The folder that holds its data, its settings and its log. The user of the server must be able to reach it. */
  readonly folder: string;
  readonly password: string;
  /** For tests: it keeps nothing on the disk. */
  readonly throwAway?: boolean;
  /** Such as `2mb`. When it is full, it refuses to write. */
  readonly maxmemory?: string | undefined;
  readonly say?: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/** A Redis or Valkey of this machine, or the Redis that Maven fetches, with its data in a folder. */
export function openLocalRedis(options: LocalRedisOptions): LocalServer {
  const { folder, password, throwAway = false, maxmemory, signal, say } = options;
  const dataFolder = join(folder, 'data');
  const logFile = join(folder, 'redis.log');

  return openLocalServer({
    title: 'Redis',
    dataFolder,
    logFile,
    say,
    signal,
    endSignal: 'SIGINT',
    isOfServer: (process) => isOfRedis(process, folder),
    readPid: () => readPid(dataFolder),
    findPort: findListeningPort,

    async prepare() {
      if (process.platform === 'win32')
        throw new ServiceError('There is no Redis for Windows: use a container.');
      const program = await provideRedisProgram({ say, signal });
      const user = findServerUser();
      if (!existsSync(dataFolder)) createFolderOf(user, dataFolder);
      const reached = reachRedisProgram(user, folder, program);
      const settings = {
        program: reached,
        user,
        folder,
        dataFolder,
        logFile,
        password,
        throwAway,
        maxmemory,
      };
      return (launch) => spawnRedis({ ...settings, ...launch });
    },

    /** It tells its pid, for somebody else who answers on the port may take any password. */
    async isHealthy(port, pid) {
      const answer = askRedis(redisUrl({ port, password }), [['PING'], ['INFO', 'server']]);
      return await answer.then(
        ([, info]) => String(info).includes(`\nprocess_id:${pid}\r\n`),
        () => false,
      );
    },

    async stopOnWindows() {}, // It never ran there.
  });
}

function readPid(dataFolder: string): number | undefined {
  try {
    return Number(readFileSync(join(dataFolder, pidFileName), 'utf8'));
  } catch {
    return undefined;
  }
}
