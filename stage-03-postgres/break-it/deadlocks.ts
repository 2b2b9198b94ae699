// One transaction holds a slot of PostgreSQL, and ten more come for it. Then the first one gives up. Each needs the
// doctor's time and the patient's: what does it cost in which order they take them?
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { type Clinic, openClinic, postgresUrl } from './clinics.ts';

const CALLERS = 10;
const LOCK = 'SELECT pg_advisory_xact_lock(hashtextextended($1, 0))';
const INSERT = `INSERT INTO appointments (id, patient_id, doctor_id, starts_at, ends_at, status, version)
  VALUES ($1, $2, $3, '2091-03-01T09:00Z', '2091-03-01T09:30Z', 'booked', 1)`;

type Locks = 'none' | 'as they come' | 'in one order';
type End = 'won' | 'refused' | 'deadlock' | 'gave up';

/** One transaction, on a connection of its own. */
async function book(client: pg.PoolClient, clinic: Clinic, locks: Locks, caller: number): Promise<End> {
  try {
    await client.query('BEGIN');
    for (const id of locksOf(locks, clinic, caller)) await client.query(LOCK, [id]);
    await client.query(INSERT, [uuidv7(), clinic.patientId, clinic.doctorId]);
    if (caller === 0) {
      await sleep(300); // Meanwhile the others come, and wait.
      await client.query('ROLLBACK');
      return 'gave up';
    }
    await client.query('COMMIT');
    return 'won';
  } catch (error) {
    await client.query('ROLLBACK');
    const code = error instanceof pg.DatabaseError ? error.code : undefined;
    if (code === '40P01') return 'deadlock'; // PostgreSQL found some who wait for each other, and ended one.
    if (code === '23P01') return 'refused'; // The constraint: the time is taken.
    throw error;
  }
}

/** Half of a program names the doctor first, and the other half the patient. Who is to remember? */
function locksOf(locks: Locks, { doctorId, patientId }: Clinic, caller: number): string[] {
  if (locks === 'none') return [];
  const ids = caller % 2 === 0 ? [doctorId, patientId] : [patientId, doctorId];
  return locks === 'in one order' ? ids.sort() : ids;
}

async function measure(locks: Locks): Promise<void> {
  await using clinic = await openClinic('PostgreSQL');
  const pool = new pg.Pool({ connectionString: clinic.options.url, max: CALLERS + 1 }).on('error', () => {});
  const clients = await Promise.all(Array.from({ length: CALLERS + 1 }, () => pool.connect()));
  const begun = performance.now();
  const ends = await Promise.all(
    clients.map(async (client, caller) => {
      await sleep(caller === 0 ? 0 : 100);
      return await book(client, clinic, locks, caller);
    }),
  );
  const seconds = (performance.now() - begun) / 1_000;
  for (const client of clients) client.release();
  await pool.end();
  const count = (end: End, width: number) =>
    String(ends.filter((each) => each === end).length).padStart(width);
  console.log(
    `${`locks ${locks}`.padEnd(18)}${count('won', 5)}${count('refused', 10)}${count('deadlock', 12)}${seconds.toFixed(1).padStart(10)}`,
  );
}

if (postgresUrl) {
  console.log(`${`${CALLERS} callers`.padEnd(18)}  won   refused   deadlocks   seconds`);
  for (const locks of ['none', 'as they come', 'in one order'] as const) await measure(locks);
} else {
  console.log(
    'This one needs PostgreSQL: SQLite has one writer at a time, so no two can wait for each other.',
  );
  console.log('"npm run services -- up" brings it up. Then run this again.');
}
