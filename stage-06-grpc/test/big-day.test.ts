import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { v7 as uuidv7 } from 'uuid';
import { openScheduleClient } from '../src/transport/grpc/index.ts';
import { createDoctorRegistry, createPatientRegistry, createSystemClock } from '../src/service/index.ts';
import { sampleDoctorInput, samplePatientInput } from './contracts/index.ts';
import { childrenOf, EMBEDDED, startServer } from './program.ts';
import { openStorage } from './support.ts';

const ROWS = 100_000;
const MAX_GROWTH_KB = 50 * 1024;

/** A day on which one appointment after the other was cancelled. */
const FILL = `WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${ROWS})
  INSERT INTO appointments (id, patient_id, doctor_id, starts_at, ends_at, status, cancellation_reason, version)
  SELECT printf('00000000-0000-7000-8000-%012d', n), $1, $2,
    strftime('%Y-%m-%dT%H:%M:%fZ', '2091-03-05T00:00:00Z', (n * 0.8) || ' seconds'),
    strftime('%Y-%m-%dT%H:%M:%fZ', '2091-03-05T01:00:00Z', (n * 0.8) || ' seconds'),
    'cancelled', 'ill', 2 FROM numbers`;

/** In kB. */
async function memoryOf(pid: number): Promise<number> {
  const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=', '-p', String(pid)]);
  return Number(stdout);
}

suite(`a day with ${ROWS} appointments`, () => {
  test('is read slowly, to its end, in little memory', async (t) => {
    const env = await EMBEDDED.environment(t);
    const storage = await openStorage(t, { url: undefined, file: env.SQLITE_FILE ?? '' });
    const deps = { storage, newId: uuidv7, clock: createSystemClock() };
    const patient = await createPatientRegistry(deps).register(samplePatientInput());
    const doctor = await createDoctorRegistry(deps).register(sampleDoctorInput());
    await storage.transaction((tx) => tx.sql.query(FILL, patient.id, doctor.id));

    const { child, output } = await startServer(t, env);
    const [, address = ''] = /gRPC at ([\d.:]+)/.exec(output.said) ?? [];
    const [pid = 0] = await childrenOf(child);
    const client = openScheduleClient({ address, deadlineMs: 10_000 });
    t.after(() => client.close());
    const read = async (pauseMs: number) => {
      let count = 0;
      for await (const event of client.watchDay({
        doctorId: doctor.id,
        date: '2091-03-05',
        watch: false,
      })) {
        if (event.kind === 'appointment') count += 1;
        if (pauseMs > 0 && count % 200 === 0) await sleep(pauseMs);
      }
      return count;
    };
    await read(0); // What is compiled once, and the pages that SQLite keeps, are not what this is about.
    const before = await memoryOf(pid);
    let peak = before;
    const looking = setInterval(async () => {
      peak = Math.max(peak, await memoryOf(pid));
    }, 200);
    t.after(() => clearInterval(looking));
    assert.equal(await read(10), ROWS);
    clearInterval(looking);
    t.diagnostic(`${Math.round((peak - before) / 1024)} MB more than before`);
    assert.ok(peak - before < MAX_GROWTH_KB, `${peak - before} kB`);
  });
});
