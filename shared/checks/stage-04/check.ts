import type { Check, Credentials } from '../harness.ts';
import type { Desk as PlainDesk } from '../stage-02/check.ts';

export { onlyPosix, PATIENTS } from '../stage-02/check.ts';
export { APPOINTMENTS, DOCTORS, SQLITE_FILE } from '../stage-03/check.ts';

/** What a check of this stage works with; its clients have signed in as `admin`. */
export interface Desk extends PlainDesk {
  admin: Credentials;
  /** The Redis server that the person named. */
  redisUrl: string | undefined;
  /** There is something that keeps copies: elsewhere a server may say `X-Cache: bypass` each time. */
  hasCache: boolean;
}

export type ApiCheck = Check<Desk>;

type Anchor = 'try-it' | 'why-it-is-built-so' | 'the-walk' | 'break-it' | 'the-contract';

export const lesson = (anchor: Anchor) => `stage-04-redis/README.md#${anchor}`;

export const AUDIT = '/api/v1/audit';
export const LOGOUT = '/auth/logout';
export { LOGIN } from '../sign-in.ts';
