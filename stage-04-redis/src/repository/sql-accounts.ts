import type { Sql } from '@medcenter/stage-03-postgres/repository';
import { type Account, conflict, isUsername, type Role } from '../domain/index.ts';

/** Who may sign in. Over `storage.sql` it reads; over `tx.sql` it writes, too. */
export interface Accounts {
  find(username: string): Promise<Account | undefined>;
  /** By name. */
  list(): Promise<Account[]>;
  isEmpty(): Promise<boolean>;
  /** @throws DomainError `conflict` when there is one of this name; or no such doctor */
  insert(account: Account): Promise<void>;
  /** A new password; the version tells those who checked the old one. Answers whether there is such an account. */
  changePassword(id: string, passwordHash: string): Promise<boolean>;
  /** The same password, hashed anew, if it is still the same. */
  rehash({ id, version }: Account, passwordHash: string): Promise<void>;
  delete(id: string): Promise<void>;
}

interface AccountRow {
  readonly id: string;
  readonly username: string;
  readonly role: Role;
  readonly doctor_id: string | null;
  readonly password_hash: string;
  readonly version: number;
  readonly created_at: string;
}

const COLUMNS = 'id, username, role, doctor_id, password_hash, version, created_at';

export function sqlAccounts(sql: Sql): Accounts {
  const isThere = (rows: unknown[]) => rows.length > 0;
  return {
    async find(username) {
      if (!isUsername(username)) return undefined;
      const [row] = await sql.query<AccountRow>(
        `SELECT ${COLUMNS} FROM accounts WHERE username = $1`,
        username,
      );
      return row && rowToAccount(row);
    },
    async list() {
      const rows = await sql.query<AccountRow>(`SELECT ${COLUMNS} FROM accounts ORDER BY username`);
      return rows.map(rowToAccount);
    },
    isEmpty: async () => !isThere(await sql.query('SELECT id FROM accounts LIMIT 1')),
    async insert({ id, username, role, doctorId, passwordHash, version, createdAt }) {
      const inserted = await sql.query(
        `INSERT INTO accounts (${COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (username) DO NOTHING RETURNING id`,
        ...[id, username, role, doctorId ?? null, passwordHash, version, createdAt],
      );
      if (inserted.length === 0) throw conflict(`there is an account "${username}" already`);
    },
    changePassword: async (id, passwordHash) =>
      isThere(
        await sql.query(
          'UPDATE accounts SET password_hash = $2, version = version + 1 WHERE id = $1 RETURNING id',
          id,
          passwordHash,
        ),
      ),
    async rehash({ id, version }, passwordHash) {
      await sql.query(
        'UPDATE accounts SET password_hash = $3 WHERE id = $1 AND version = $2',
        ...[id, version, passwordHash],
      );
    },
    async delete(id) {
      await sql.query('DELETE FROM accounts WHERE id = $1', id);
    },
  };
}

function rowToAccount(row: AccountRow): Account {
  return {
    id: row.id,
    username: row.username,
    role: row.role,
    ...(row.doctor_id !== null && { doctorId: row.doctor_id }),
    passwordHash: row.password_hash,
    version: row.version,
    createdAt: row.created_at,
  };
}
