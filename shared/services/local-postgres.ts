import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type LocalServer, openLocalServer } from './local-server.ts';
import { initialisePostgres } from './postgres-data.ts';
import { isOfServer, readPidFile, spawnPostgres } from './postgres-process.ts';
import { findPostgresPrograms, programIn, reachPostgresPrograms } from './postgres-programs.ts';
import { askPostgres, postgresUrl } from './postgres-url.ts';
import { findServerUser } from './server-user.ts';

export interface LocalPostgresOptions {
  /** The folder that holds its data and its log. The user of the server must be able to reach it. */
  readonly folder: string;
  readonly password: string;
  /** For tests: quick, and safe from the end of its processes, but not from that of the machine. */
  readonly throwAway?: boolean;
  readonly say?: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/** The PostgreSQL of npm's package, with its data in a folder. */
export function openLocalPostgres(options: LocalPostgresOptions): LocalServer {
  const { folder, password, throwAway = false, signal, say } = options;
  const dataFolder = join(folder, 'data');
  const logFile = join(folder, 'postgres.log');

  return openLocalServer({
    title: 'PostgreSQL',
    dataFolder,
    logFile,
    say,
    signal,
    // Which it answers without waiting for its clients.
    endSignal: 'SIGINT',
    isOfServer: (process) => isOfServer(process, dataFolder),
    readPid: () => readPidFile(dataFolder)?.pid,
    findPort: () => readPidFile(dataFolder)?.port,

    async prepare() {
      const user = findServerUser();
      const programs = reachPostgresPrograms(user, folder);
      await initialisePostgres({ dataFolder, programs, user, password, throwAway, signal, say });
      return (launch) => {
        // After a crash, its pid may be another program's by now: PostgreSQL does not start beside that.
        rmSync(join(dataFolder, 'postmaster.pid'), { force: true });
        return spawnPostgres({ ...launch, programs, user, dataFolder, logFile, throwAway });
      };
    },

    /** Its own word first, then a query. */
    async isHealthy(port) {
      if (!readPidFile(dataFolder)?.isReady) return false;
      const answer = askPostgres(postgresUrl({ port, password }));
      return await answer.then(
        () => true,
        () => false,
      );
    },

    /** Windows knows no SIGINT between programs; PostgreSQL's own program asks in a way of its own. */
    async stopOnWindows() {
      const args = ['stop', '-D', dataFolder, '-m', 'fast', '-w'];
      await promisify(execFile)(programIn(findPostgresPrograms(), 'pg_ctl'), args);
    },
  });
}
