import type { ClinicStorage } from '@medcenter/stage-03-postgres/repository';

/** The rules that SQLite holds by triggers, each as it would be after `rewrite`; those that become nothing are gone. */
export async function rewriteRules(
  storage: ClinicStorage,
  rewrite: (text: string, name: string) => string,
): Promise<void> {
  await storage.transaction(async ({ sql }) => {
    const rules = await sql.query<{ name: string; sql: string }>(
      "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE '%_free'",
    );
    for (const { name, sql: text } of rules) {
      await sql.query(`DROP TRIGGER ${name}`);
      const rewritten = rewrite(text, name);
      if (rewritten !== '') await sql.query(rewritten);
    }
  });
}

export const dropRules = (storage: ClinicStorage): Promise<void> => rewriteRules(storage, () => '');
