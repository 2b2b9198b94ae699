import { join } from 'node:path';
import { ROOT } from '../stages.ts';
import type { Credentials, Subject, Suite } from './harness.ts';
import { prepareDesks } from './stage-02/prepare.ts';
import { suite as ofStage3 } from './stage-03.ts';
import { audit } from './stage-04/audit.ts';
import { type Desk, SQLITE_FILE } from './stage-04/check.ts';
import { copies } from './stage-04/copies.ts';
import { doors } from './stage-04/doors.ts';
import { firstStart } from './stage-04/first-start.ts';
import { logins } from './stage-04/logins.ts';
import { outages } from './stage-04/outages.ts';
import { roles } from './stage-04/roles.ts';
import { secrets } from './stage-04/secrets.ts';
import { sessions } from './stage-04/sessions.ts';
import { throttle } from './stage-04/throttle.ts';
import { users } from './stage-04/users.ts';

const reference = [process.execPath, join(ROOT, 'stage-04-redis', 'src', 'main.ts')];

/** Always the same one, so that the checks find their way into a database that they have used before. */
const ADMIN: Credentials = { username: 'admin', password: 'lanterns in the fog' };

/** Where a program has its data, and who is the first in it. */
function settingsOf({ command, databaseUrl, redisUrl, account = ADMIN }: Subject): Desk['storage'] {
  // The reference would find these two in its `.env` as well; empty, they are not set.
  const isReference = command.join(' ') === reference.join(' ');
  const unset = isReference ? { DATABASE_URL: '', REDIS_URL: '' } : {};
  return {
    ...unset,
    ...(databaseUrl === undefined ? { SQLITE_FILE } : { DATABASE_URL: databaseUrl }),
    ...(redisUrl !== undefined && { REDIS_URL: redisUrl }),
    ADMIN_PASSWORD: account.password,
    // The reference's own: with less work for each hash, hundreds of logins take seconds.
    PASSWORD_HASH_COST: '10',
  };
}

/** The checks of this stage alone. */
export const ownChecks = [
  ...doors,
  ...logins,
  ...throttle,
  ...sessions,
  ...roles,
  ...firstStart,
  ...users,
  ...copies,
  ...audit,
  ...secrets,
  ...outages,
];

/**
 * Stage 4: who may see what, and copies that are never old. What the stages before promised holds behind the login,
 * so their checks come first, signed in as `admin`: none of them had to be left out.
 */
export const suite: Suite<Desk> = {
  title: 'Stage 4, sessions, roles, an audit and a cache',
  reference,
  serves: true,
  signsIn: true,
  checks: [...ofStage3.checks, ...ownChecks],
  async prepare(subject, stack) {
    const { url, databaseUrl, redisUrl, account = ADMIN } = subject;
    const createDesk = await prepareDesks(subject, stack, settingsOf(subject));
    const hasCache = url === undefined && (databaseUrl === undefined || redisUrl !== undefined);
    return async (ofCheck) => ({ ...(await createDesk(ofCheck)), admin: account, redisUrl, hasCache });
  },
};
