import { type Clock, DomainError, type Role, type Session } from '../domain/index.ts';
import type { ClinicStorage } from '../repository/index.ts';
import { isWorthKeepingAwake, type SessionStore } from './session-store.ts';

interface SessionRow {
  readonly account_id: string;
  readonly username: string;
  readonly role: Role;
  readonly doctor_id: string | null;
  readonly expires_at: string;
  readonly idle_until: string;
}

export interface SqlSessionDeps {
  readonly storage: ClinicStorage;
  readonly clock: Clock;
  readonly idleMs: number;
}

/** In the database, where there is no Redis. */
export function createSqlSessions({ storage, clock, idleMs }: SqlSessionDeps): SessionStore {
  const write = (text: string, ...values: unknown[]): Promise<void> =>
    storage.transaction(async (tx) => void (await tx.sql.query(text, ...values)));
  const idleUntil = (now: Date) => new Date(now.getTime() + idleMs).toISOString();
  return {
    async put(tokenHash, { accountId, expiresAt }) {
      const insert =
        'INSERT INTO sessions (token_hash, account_id, expires_at, idle_until) VALUES ($1, $2, $3, $4)';
      try {
        await write(insert, tokenHash, accountId, expiresAt, idleUntil(clock.now()));
      } catch (error) {
        // The account was removed in this moment: then there is no session.
        if (!(error instanceof DomainError) || error.code !== 'conflict') throw error;
      }
    },
    async find(tokenHash) {
      const now = clock.now();
      const [row] = await storage.sql.query<SessionRow>(
        `SELECT account_id, username, role, doctor_id, expires_at, idle_until
         FROM sessions JOIN accounts ON accounts.id = account_id
         WHERE token_hash = $1 AND expires_at > $2 AND idle_until > $2`,
        ...[tokenHash, now.toISOString()],
      );
      if (!row) return undefined;
      if (isWorthKeepingAwake(Date.parse(row.idle_until) - now.getTime(), idleMs)) {
        // Who it is has been told all the same.
        await write(
          'UPDATE sessions SET idle_until = $2 WHERE token_hash = $1',
          tokenHash,
          idleUntil(now),
        ).catch(() => {});
      }
      return rowToSession(row);
    },
    delete: (tokenHash) => write('DELETE FROM sessions WHERE token_hash = $1', tokenHash),
    deleteAll: (accountId) => write('DELETE FROM sessions WHERE account_id = $1', accountId),
    sweep: () => {
      const now = clock.now().toISOString();
      return write('DELETE FROM sessions WHERE expires_at < $1 OR idle_until < $1', now);
    },
  };
}

function rowToSession(row: SessionRow): Session {
  return {
    accountId: row.account_id,
    username: row.username,
    role: row.role,
    ...(row.doctor_id !== null && { doctorId: row.doctor_id }),
    expiresAt: row.expires_at,
  };
}
