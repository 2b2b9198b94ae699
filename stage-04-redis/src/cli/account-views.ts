import type { Terminal } from '@medcenter/stage-03-postgres/cli';
import type { Account } from '../domain/index.ts';

/** The accounts, without what could help to sign in. */
export function formatAccounts(
  accounts: readonly Account[],
  { json = false, terminal }: { json?: boolean | undefined; terminal: Pick<Terminal, 'strong'> },
): string {
  if (json) return JSON.stringify(accounts.map(visible), undefined, 2);
  const rows = accounts.map(({ username, role, createdAt, doctorId = '-' }) => [
    username,
    role,
    createdAt,
    doctorId,
  ]);
  const head = ['USERNAME', 'ROLE', 'SINCE', 'DOCTOR'];
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)));
  const format = (row: readonly string[]) =>
    row
      .map((text, column) => text.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return [terminal.strong(format(head)), ...rows.map(format)].join('\n');
}

function visible({ username, role, doctorId, createdAt }: Account): object {
  return { username, role, ...(doctorId !== undefined && { doctorId }), createdAt };
}
