import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { suite, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient, eventually, sampleDoctorInput, samplePatientInput } from './contracts/index.ts';
import { end, startServer } from './program.ts';
import { openStorage, PROFILES, signIn } from './support.ts';

/** A few are enough to see that it still holds; `KILL_ROUNDS=100 npm run test:5` is the whole proof. */
const ROUNDS = Number(process.env.KILL_ROUNDS ?? 3);
/** A group of Kafka's waits for its dead readers, and a claim on a reminder lasts a minute. */
const PATIENCE_MS = 30_000;
const BOOKERS = 4;
const DAY_MS = 86_400_000;

/** Books until the program is gone. What was answered with 201 goes into `acknowledged`. */
async function bookUntilGone(
  url: string,
  authorization: string,
  next: () => object,
  acknowledged: Set<string>,
): Promise<void> {
  const client = createClient(url, { authorization });
  for (;;) {
    const answer = await client.send('POST', '/api/v1/appointments', next()).catch(() => undefined);
    if (!answer) return;
    assert.equal(answer.status, 201, JSON.stringify(answer.body));
    acknowledged.add(answer.body.id);
  }
}

async function createNext(t: TestContext, env: Record<string, string>) {
  const { url, child } = await startServer(t, env);
  const client = await signIn(url);
  const post = async (path: string, input: object) => (await client.send('POST', path, input)).body.id;
  const patientId = await post('/api/v1/patients', samplePatientInput());
  const doctorId = await post('/api/v1/doctors', sampleDoctorInput());
  await end(child, 'SIGTERM');
  let minutes = 0;
  const next = () => {
    minutes += 1;
    const at = (minute: number) => new Date(Date.now() + DAY_MS + minute * 60_000);
    const round = (date: Date) => `${date.toISOString().slice(0, 16)}:00Z`;
    return { patientId, doctorId, startsAt: round(at(minutes * 2)), endsAt: round(at(minutes * 2 + 1)) };
  };
  return { next, authorization: `Bearer ${client.token}` };
}

for (const { name, suite: options, environment } of PROFILES) {
  suite(`the whole program, ${name}`, options, () => {
    test(`killed ${ROUNDS} times under bookings: each is counted once, and reminded of`, async (t) => {
      // What is to come within a year is reminded of at once.
      const env: Record<string, string> = { ...(await environment(t)), REMINDER_LEAD_HOURS: '8760' };
      const { next, authorization } = await createNext(t, env);
      const acknowledged = new Set<string>();
      for (let round = 0; round < ROUNDS; round++) {
        const { url, child } = await startServer(t, env);
        const booking = Promise.all(
          Array.from({ length: BOOKERS }, () => bookUntilGone(url, authorization, next, acknowledged)),
        );
        await sleep(50 + Math.random() * 400);
        await end(child, 'SIGKILL');
        await booking;
      }
      const { child } = await startServer(t, env);
      const storage = await openStorage(t, {
        url: env.DATABASE_URL || undefined,
        file: env.SQLITE_FILE ?? '',
      });
      const idsIn = async (table: string, column: string) =>
        (await storage.sql.query<{ id: string }>(`SELECT ${column} AS id FROM ${table} ORDER BY 1`)).map(
          ({ id }) => id,
        );
      // A booking may be kept whose answer was never heard: the table of appointments is what happened.
      const booked = await idsIn('appointments', 'id');
      const kept = new Set(booked);
      assert.ok(acknowledged.size >= ROUNDS && [...acknowledged].every((id) => kept.has(id)));
      const messageIds = async () => {
        const lines = (await readFile(env.REMINDER_FILE ?? '', 'utf8')).trim().split('\n');
        return lines.map((line): string => JSON.parse(line).messageId);
      };
      const wanted = booked.map((id) => `reminder-${id}-1`);
      // A sender that was killed has left claims behind, for a minute: those are looked for in the table.
      for (const table of ['reminders', 'appointment_facts']) {
        const isWhole = async () => (await idsIn(table, 'appointment_id')).length === booked.length;
        await eventually(isWhole, { what: table, patienceMs: PATIENCE_MS });
      }
      assert.deepEqual(await idsIn('appointment_facts', 'appointment_id'), booked);
      assert.deepEqual(await idsIn('reminders', 'appointment_id'), booked);
      assert.deepEqual(await storage.sql.query('SELECT * FROM outbox'), []);
      await eventually(async () => {
        const waiting = await storage.sql.query(
          "SELECT 1 FROM reminders WHERE status = 'due' AND claimed_until IS NULL",
        );
        return waiting.length === 0;
      });
      await end(child, 'SIGTERM');
      assert.deepEqual(
        (await messageIds()).filter((id) => !wanted.includes(id)),
        [],
      );
      t.diagnostic(`${acknowledged.size} answers of ${booked.length} bookings`);
    });
  });
}
