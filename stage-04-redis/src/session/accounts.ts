import { randomBytes } from 'node:crypto';
import {
  type Account,
  type AccountInput,
  acceptAccount,
  type Clock,
  DomainError,
  type ErrorCode,
  normalizeUsername,
  passwordProblems,
  validation,
} from '../domain/index.ts';
import { type ClinicStorage, sqlAccounts } from '../repository/index.ts';
import type { Passwords } from './passwords.ts';
import type { SessionStore } from './session-store.ts';

/** The old password opens nothing any more, and sessions that it opened may still be there. Doing it again is the remedy. */
export class HalfDoneError extends Error {
  override readonly name = 'HalfDoneError';
  readonly code = 'half_done';

  constructor(username: string, cause: unknown) {
    super(
      `Nobody can sign in as ${username} with the old password; but the sessions could not be ended: do it again.`,
      { cause },
    );
  }
}

/** What the person with the keys does with accounts. */
export interface AccountRegistry {
  /** @throws DomainError `validation`; `conflict` when there is one of this name */
  add(input: AccountInput): Promise<Account>;
  /** By name. */
  list(): Promise<Account[]>;
  /** Ends all its sessions. @throws DomainError `not_found`, `unavailable`; HalfDoneError */
  remove(username: string): Promise<void>;
  /** Ends all its sessions. @throws DomainError `not_found`, `validation`, `unavailable`; HalfDoneError */
  changePassword(username: string, password: string): Promise<void>;
  /**
   * Where there is no account at all, makes `admin`, so that somebody can sign in. Answers the password that it has, if
   * it was made: one that was made up is to be shown, once.
   */
  ensureAdmin(password: string | undefined): Promise<string | undefined>;
}

export interface AccountDeps {
  readonly storage: ClinicStorage;
  readonly sessions: SessionStore;
  readonly passwords: Passwords;
  readonly newId: () => string;
  readonly clock: Clock;
}

export function createAccountRegistry(deps: AccountDeps): AccountRegistry {
  const { storage, sessions, passwords, newId, clock } = deps;

  async function find(name: string): Promise<Account> {
    const username = normalizeUsername(name);
    const account = await sqlAccounts(storage.sql).find(username);
    if (!account) throw notFoundAccount(username);
    return account;
  }

  /** A new password, and no session of before: neither those that there are, nor that of somebody just signing in. */
  async function shutOut(account: Account, passwordHash: string): Promise<void> {
    await sessions.deleteAll(account.id); // Where that cannot be done, nothing is changed.
    const isThere = await storage.transaction((tx) =>
      sqlAccounts(tx.sql).changePassword(account.id, passwordHash),
    );
    if (!isThere) throw notFoundAccount(account.username);
    try {
      await sessions.deleteAll(account.id);
    } catch (cause) {
      throw new HalfDoneError(account.username, cause);
    }
  }

  async function create(input: AccountInput): Promise<Account> {
    const { password, ...accepted } = { ...acceptAccount(input), password: input.password };
    const passwordHash = await passwords.hash(password);
    return { id: newId(), ...accepted, passwordHash, version: 1, createdAt: clock.now().toISOString() };
  }

  return {
    async add(input) {
      const account = await create(input);
      await storage.transaction(async (tx) => {
        if (account.doctorId !== undefined && !(await tx.doctors.find(account.doctorId))) {
          throw validation([{ path: '/doctorId', message: 'is the id of no doctor: see /doctors' }]);
        }
        await sqlAccounts(tx.sql).insert(account);
      });
      return account;
    },
    list: () => sqlAccounts(storage.sql).list(),
    async remove(name) {
      const account = await find(name);
      // With another password first, so that nobody signs in while the sessions are ended.
      await shutOut(account, await passwords.hash(makePassword()));
      await storage.transaction((tx) => sqlAccounts(tx.sql).delete(account.id));
    },
    async changePassword(name, password) {
      const problems = passwordProblems(password);
      if (problems.length > 0) throw validation(problems);
      await shutOut(await find(name), await passwords.hash(password));
    },
    async ensureAdmin(given) {
      if (!(await sqlAccounts(storage.sql).isEmpty())) return undefined;
      const password = given ?? makePassword();
      const admin = await create({ username: 'admin', role: 'admin', password });
      const isMade = await storage.transaction(async (tx) => {
        await tx.sql.lock('first account'); // Two that start at once make one.
        const accounts = sqlAccounts(tx.sql);
        if (!(await accounts.isEmpty())) return false;
        await accounts.insert(admin);
        return true;
      });
      return isMade ? password : undefined;
    },
  };
}

/** One that nobody will guess. */
function makePassword(): string {
  return randomBytes(15).toString('base64url');
}

function notFoundAccount(username: string): DomainError {
  return new DomainError('not_found' satisfies ErrorCode, `there is no account "${username}": see user list`);
}
