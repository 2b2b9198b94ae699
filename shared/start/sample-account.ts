import { randomBytes } from 'node:crypto';
import type { DatabaseOptions } from '@medcenter/stage-03-postgres/repository';
import { v7 as uuidv7 } from 'uuid';
import type { Stage } from '../stages.ts';
import { openDoor } from './doors.ts';

type Repository = typeof import('@medcenter/stage-04-redis/repository');
type Service = typeof import('@medcenter/stage-04-redis/service');
type Session = typeof import('@medcenter/stage-04-redis/session');

const USERNAME = 'admin';

export interface Login {
  readonly username: string;
  readonly password: string;
}

/**
 * Gives the sample data an account that can do all, with this password or else a new one at each start: nobody
 * remembers the one that was shown last week.
 */
export async function renewSampleAccount(
  stage: Stage,
  options: DatabaseOptions,
  { password = randomBytes(15).toString('base64url'), cost }: { password?: string | undefined; cost: number },
): Promise<Login> {
  const { createSqlStorage, migrations, openDatabase } = await openDoor<Repository>(stage, 'repository');
  const { createAccountRegistry, createPasswords, createSqlSessions } = await openDoor<Session>(
    stage,
    'session',
  );
  const clock = (await openDoor<Service>(stage, 'service')).createSystemClock();

  await using stack = new AsyncDisposableStack();
  const database = await openDatabase(options, migrations);
  const storage = stack.adopt(createSqlStorage(database), (opened) => opened.close());
  const sessions = createSqlSessions({ storage, clock, idleMs: 0 }); // They are ended here, and never looked up.
  const passwords = createPasswords({ ln: cost });
  const accounts = createAccountRegistry({ storage, sessions, passwords, newId: uuidv7, clock });
  const isThere = (await accounts.list()).some(({ username }) => username === USERNAME);
  if (isThere) await accounts.changePassword(USERNAME, password);
  else await accounts.add({ username: USERNAME, role: 'admin', password });
  return { username: USERNAME, password };
}

/** Signs in at a server that runs. Answers the token; undefined when it cannot be had now, as without its Redis. */
export async function signIn(url: string, login: Login): Promise<string | undefined> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${url}/auth/login`, { method: 'POST', headers, body: JSON.stringify(login) });
  const { token } = (await answer.json()) as { token?: string };
  return token;
}
