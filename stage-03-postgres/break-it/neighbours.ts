// Two desks share one connection to a SQLite file, and each has a transaction that waits for something in the middle.
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { openSqlite } from '../src/repository/index.ts';
import { newFile } from './clinics.ts';

/** A transaction as one is tempted to write it. "Who finds one open joins it": else the second BEGIN is an error. */
function createNaive(file: string) {
  const db = new Database(file);
  return {
    async transaction<T>(work: (write: (name: string) => Promise<void>) => Promise<T>): Promise<T> {
      const isMine = !db.inTransaction;
      if (isMine) db.exec('BEGIN');
      try {
        const result = await work(async (name) => void db.prepare('INSERT INTO notes VALUES (?)').run(name));
        if (isMine) db.exec('COMMIT');
        return result;
      } catch (error) {
        if (isMine) db.exec('ROLLBACK');
        throw error;
      }
    },
    close: async () => void db.close(),
  };
}

/** This stage's database: one connection that writes, and a queue before it. */
async function createCareful(file: string) {
  const database = await openSqlite(file);
  return {
    transaction: <T>(work: (write: (name: string) => Promise<void>) => Promise<T>): Promise<T> =>
      database.transaction((sql) =>
        work(async (name) => void (await sql.query('INSERT INTO notes VALUES ($1)', name))),
      ),
    close: () => database.close(),
  };
}

for (const [name, open] of [
  ['naive', createNaive],
  ['careful', createCareful],
] as const) {
  const file = newFile();
  const check = new Database(file);
  check.exec('CREATE TABLE notes (name TEXT)');
  const desks = await open(file);

  const ward = desks.transaction(async (write) => {
    await write('ward');
    await sleep(50); // Asks a colleague, who says no.
    throw new Error('the ward changed its mind');
  });
  const desk = desks.transaction((write) => write('desk'));
  const told = await Promise.allSettled([ward, desk]);
  await desks.close();

  const [wardTold, deskTold] = told.map(({ status }) => (status === 'fulfilled' ? 'done' : 'failed'));
  const kept = check.prepare('SELECT name FROM notes').pluck().all();
  check.close();
  console.log(
    `${`${name}:`.padEnd(8)} the ward was told "${wardTold}", the desk "${deskTold}"; in the file: ${kept.join(', ') || 'nothing'}`,
  );
  if (name === 'careful' && kept.join() !== 'desk') process.exitCode = 1;
}
