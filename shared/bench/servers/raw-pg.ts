import pg from 'pg';
import { report } from './report.ts';

// No server: a loop that asks PostgreSQL for one patient by the driver alone, for as many seconds as it is told.
const [, , url = '', id = ''] = process.argv;
const pool = new pg.Pool({ connectionString: url, max: 10 });
const QUERY =
  'SELECT id, last_name, first_name, middle_name, birth_date, sex, phone, version, created_at, updated_at FROM patients WHERE id = $1';

process.on('message', async ({ loopSeconds }: { loopSeconds?: number }) => {
  if (loopSeconds === undefined) return;
  const begun = performance.now();
  let done = 0;
  const loop = async () => {
    for (; performance.now() - begun < loopSeconds * 1_000; done++) {
      const { rows } = await pool.query(QUERY, [id]);
      if (rows.length !== 1) throw new Error('there is no such patient');
    }
  };
  await Promise.all(Array.from({ length: 20 }, loop));
  process.send?.({ requestsPerSecond: (done / (performance.now() - begun)) * 1_000 });
});
report(url);
