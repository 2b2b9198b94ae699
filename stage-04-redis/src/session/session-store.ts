import type { Session } from '../domain/index.ts';

/**
 * Who is signed in, by the hash of their token. A session ends at its own time, or when it was not looked up for the
 * idle time. Where sessions cannot be read or written, each call fails with a DomainError `unavailable`: that is not
 * the same as "there is none".
 */
export interface SessionStore {
  put(tokenHash: string, session: Session): Promise<void>;
  /** Each time that it is found, the idle time begins anew. */
  find(tokenHash: string): Promise<Session | undefined>;
  delete(tokenHash: string): Promise<void>;
  /** All of this account. */
  deleteAll(accountId: string): Promise<void>;
  /** Clears away those that are over. */
  sweep(): Promise<void>;
}

/** The idle time is not begun anew each time: only when a tenth of it is over, since to write costs more than to read. */
export function isWorthKeepingAwake(leftMs: number, idleMs: number): boolean {
  return leftMs < idleMs * 0.9;
}
