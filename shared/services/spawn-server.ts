import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import type { SystemUser } from './server-user.ts';

export interface ServerCommand {
  readonly program: string;
  readonly args: readonly string[];
  readonly user: SystemUser | undefined;
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** Gets what it prints, after what is there already. */
  readonly logFile: string;
  readonly detached: boolean;
}

export interface ServerProcess {
  readonly pid: number | undefined;
  /** Those that it listens on beside the one that it was told. */
  readonly otherPorts?: readonly number[];
  /** How it ended, once it has. */
  findEnd(): string | undefined;
}

/** Starts the first process of a server, which does not keep this one from ending. */
export function spawnServer(command: ServerCommand): ServerProcess {
  const log = openSync(command.logFile, 'a', 0o600);
  const child = spawn(command.program, command.args, {
    ...command.user,
    cwd: command.cwd,
    env: command.env,
    stdio: ['ignore', log, log],
    detached: command.detached,
    windowsHide: true,
  });
  closeSync(log);
  child.unref();
  let end: string | undefined;
  child.once('exit', (exitCode, by) => {
    end = `it ended with ${exitCode ?? by}`;
  });
  child.once('error', (error) => {
    end = error.message;
  });
  return { pid: child.pid, findEnd: () => end };
}
