import { createHash, randomBytes } from 'node:crypto';
import {
  type Account,
  type Clock,
  normalizeUsername,
  RateLimited,
  type Session,
  unauthenticated,
} from '../domain/index.ts';
import { type ClinicStorage, createGate, sqlAccounts } from '../repository/index.ts';
import type { LoginSource, LoginThrottle } from './login-throttle.ts';
import type { Passwords } from './passwords.ts';
import type { SessionStore } from './session-store.ts';

export interface SignIn {
  /**
   * A token that is shown this once: what is kept of it is a hash.
   * @throws DomainError `unauthenticated`, the same for an unknown name and a wrong password; `rate_limited`;
   *   `unavailable`, as the other two
   */
  login(input: LoginInput): Promise<{ token: string; session: Session }>;
  /** Whose token it is. @throws DomainError `unauthenticated`, `unavailable` */
  check(token: string): Promise<Session>;
  /** The token is good for nothing from now on, in any process. @throws DomainError `unavailable` */
  logout(token: string): Promise<void>;
}

export interface LoginInput extends LoginSource {
  readonly password: string;
}

export interface SignInDeps {
  readonly storage: ClinicStorage;
  readonly sessions: SessionStore;
  readonly passwords: Passwords;
  readonly throttle: LoginThrottle;
  readonly clock: Clock;
  /** How long a session lasts at the most. */
  readonly ttlMs: number;
}

const TOKEN_BYTES = 32;
/** Each hash takes a core and 32 MiB for a good part of a second: more at a time would only be slower. */
const HASHES_AT_ONCE = 2;
const WAIT_MS = 4_000;

export function createSignIn(deps: SignInDeps): SignIn {
  const { storage, sessions, passwords, throttle, clock, ttlMs } = deps;
  const refusal = 'too many are signing in: try again';
  const gate = createGate({ size: HASHES_AT_ONCE, stuckMs: WAIT_MS, waitMs: WAIT_MS, refusal });

  /** The account, if the password is its own. */
  async function recognize({ username, password }: LoginInput): Promise<Account | undefined> {
    const account = await sqlAccounts(storage.sql).find(username);
    const isRight = await passwords.verify(password, account?.passwordHash);
    if (!account || !isRight) return undefined;
    if (passwords.isOutdated(account.passwordHash)) {
      const passwordHash = await passwords.hash(password);
      await storage.transaction((tx) => sqlAccounts(tx.sql).rehash(account, passwordHash));
    }
    return account;
  }

  async function attempt(login: LoginInput): Promise<Account> {
    const waitSeconds = await throttle.begin(login);
    if (waitSeconds !== undefined) {
      throw new RateLimited('too many failed logins: wait, and try again', waitSeconds);
    }
    let account: Account | undefined;
    try {
      account = await recognize(login);
    } catch (error) {
      await throttle.end(login, 'unknown').catch(() => {}); // Then it counts.
      throw error;
    }
    if (!account) throw unauthenticated('there is no account with this name and password');
    await throttle.end(login, 'right');
    return account;
  }

  async function open({ id: accountId, username, role, doctorId, version }: Account) {
    const token = randomBytes(TOKEN_BYTES).toString('base64url');
    const expiresAt = new Date(clock.now().getTime() + ttlMs).toISOString();
    const session: Session = { accountId, username, role, ...(doctorId && { doctorId }), expiresAt };
    await sessions.put(hashOf(token), session);
    // Whoever changed the account meanwhile has ended all sessions, perhaps just before this one was there.
    const now = await sqlAccounts(storage.sql).find(username);
    if (now?.id !== accountId || now.version !== version) {
      await sessions.delete(hashOf(token));
      throw unauthenticated('the account was changed a moment ago: sign in again');
    }
    return { token, session };
  }

  return {
    async login(input) {
      const login = { ...input, username: normalizeUsername(input.username) };
      return open(await gate.pass(() => attempt(login)));
    },
    async check(token) {
      const session = await sessions.find(hashOf(token));
      if (!session) throw unauthenticated('the token is not good, or not good any more: sign in');
      return session;
    },
    logout: (token) => sessions.delete(hashOf(token)),
  };
}

/** A token has 256 random bits: nobody can try them all, so a fast hash will do. */
function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
