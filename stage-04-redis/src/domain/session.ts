import type { Account } from './account.ts';

/** Somebody who has signed in. */
export interface Session extends Pick<Account, 'username' | 'role' | 'doctorId'> {
  readonly accountId: string;
  /** The instant, in UTC, at which it ends however busy it is. */
  readonly expiresAt: string;
}
