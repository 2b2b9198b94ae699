import { main, type Wrong } from './base.ts';

/** Writes each token into the database, to know what it has given out. */
export const wrong: Wrong = { caughtBy: 'database-holds-no-token-and-no-password' };

if (import.meta.main)
  await main({
    signIn: (signIn, storage) => ({
      ...signIn,
      async login(input) {
        const answer = await signIn.login(input);
        await storage.transaction(async ({ sql }) => {
          await sql.query('CREATE TABLE IF NOT EXISTS tokens (token TEXT)');
          await sql.query('INSERT INTO tokens (token) VALUES ($1)', answer.token);
        });
        return answer;
      },
    }),
  });
