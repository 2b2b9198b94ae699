import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { suite, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createFolder, runProgram, startProgram } from '@medcenter/shared/testing';
import {
  type Client,
  createClient,
  sampleDoctorInput,
  samplePatient,
  samplePatientInput,
} from './contracts/index.ts';
import { DATABASES } from './support.ts';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));

/** The environment that names the test's database, whatever the stage's own .env says. */
async function environmentOf(
  t: TestContext,
  { place }: (typeof DATABASES)[number],
): Promise<Record<string, string>> {
  const { url = '', file } = await place(t);
  return { PORT: '0', DATABASE_URL: url, SQLITE_FILE: file, DATABASE_CONNECT_TIMEOUT_MS: '5000' };
}

/** The program as a process; its address is read from what it says. */
async function startServer(t: TestContext, env: Record<string, string>) {
  const child = startProgram(t, MAIN, [], { cwd: await createFolder(t), env, timeoutMs: 60_000 });
  child.stdout?.resume();
  let said = '';
  for await (const chunk of child.stderr?.setEncoding('utf8') ?? []) {
    said += chunk;
    const [, url] = /(http:\/\/[\d.:]+)\/api/.exec(said) ?? [];
    if (url) return { url, child, said, client: createClient(url) };
  }
  throw new Error(`the server did not start: ${said}`);
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  const closed = once(child, 'exit');
  child.kill(signal);
  const [code] = await closed;
  return code;
}

async function addPeople(client: Client): Promise<{ patientId: string; doctorId: string }> {
  const patient = await client.send('POST', '/api/v1/patients', samplePatientInput());
  const doctor = await client.send('POST', '/api/v1/doctors', sampleDoctorInput());
  return { patientId: patient.body.id, doctorId: doctor.body.id };
}

const NINE = { startsAt: '2091-03-01T09:00:00Z', endsAt: '2091-03-01T09:30:00Z' };

for (const database of DATABASES) {
  suite(`the program over ${database.name}`, database.suite, () => {
    test('says which database serves, without its password, and ends on SIGTERM with exit code 0', async (t) => {
      const env = await environmentOf(t, database);
      const { child, said } = await startServer(t, env);
      assert.match(said, new RegExp(`^storage: .*${database.name}`, 'm'));
      const { password } = URL.parse(env.DATABASE_URL ?? '') ?? {};
      if (password) assert.ok(!said.includes(password));
      assert.equal(await end(child, 'SIGTERM'), 0);
    });

    test('keeps what it acknowledged when it is killed', async (t) => {
      const env = await environmentOf(t, database);
      const first = await startServer(t, env);
      const people = await addPeople(first.client);
      const booking = await first.client.send('POST', '/api/v1/appointments', { ...people, ...NINE });
      assert.equal(booking.status, 201);
      await end(first.child, 'SIGKILL');
      const second = await startServer(t, env);
      const found = await second.client.send('GET', `/api/v1/appointments/${booking.body.id}`);
      assert.deepEqual(found.body, booking.body);
    });

    test('as two processes on one database: 40 want one slot, and one gets it', async (t) => {
      const env = await environmentOf(t, database);
      const clients = (await Promise.all([startServer(t, env), startServer(t, env)])).map(
        ({ client }) => client,
      );
      const [one] = clients;
      assert.ok(one);
      const { doctorId } = await addPeople(one);
      const bookings = Array.from({ length: 40 }, async (_, i) => {
        const client = clients[i % 2] ?? one;
        const { body } = await client.send('POST', '/api/v1/patients', samplePatientInput());
        return client.send('POST', '/api/v1/appointments', { patientId: body.id, doctorId, ...NINE });
      });
      const statuses = (await Promise.all(bookings)).map(({ status }) => status).sort();
      assert.deepEqual(statuses, [201, ...Array(39).fill(409)]);
    });

    test('migrates alone, imports, and lists by the command line', async (t) => {
      const env = await environmentOf(t, database);
      const cwd = await createFolder(t);
      const run = (...args: string[]) => runProgram(t, MAIN, args, { cwd, env });
      const migrated = await run('migrate');
      assert.deepEqual([migrated.exitCode, migrated.stdout], [0, '']);
      assert.equal((await run('migrate')).stderr, 'The tables are up to date.\n');

      const patient = samplePatient();
      await writeFile(
        join(cwd, 'patients.json'),
        JSON.stringify({ version: 1, patients: [patient, {}], appointments: [] }),
      );
      const imported = await run('import', 'patients.json');
      assert.equal(imported.stdout, 'imported: 1\nalready there: 0\nrefused: 1\n');
      assert.match(imported.stderr, /^refused \/patients\/1: id is missing; /);
      assert.equal(imported.exitCode, 1);
      await writeFile(
        join(cwd, 'patients.json'),
        JSON.stringify({ version: 1, patients: [patient], appointments: [] }),
      );
      const again = await run('import', 'patients.json');
      assert.deepEqual([again.stdout, again.exitCode], ['imported: 0\nalready there: 1\nrefused: 0\n', 0]);

      const listed = await run('--list', '--json');
      assert.deepEqual(JSON.parse(listed.stdout), [patient]);
      const before = await run('--list', '--json', '--file', 'patients.json');
      assert.deepEqual(JSON.parse(before.stdout), [patient]);
    });
  });
}

suite('the program', () => {
  test('imports nothing of a damaged file', async (t) => {
    const cwd = await createFolder(t);
    const env = { DATABASE_URL: '', SQLITE_FILE: join(cwd, 'medcenter.db') };
    const whole = JSON.stringify({
      version: 1,
      patients: [samplePatient(), samplePatient()],
      appointments: [],
    });
    await writeFile(join(cwd, 'patients.json'), whole.slice(0, -30));
    const { stdout, stderr, exitCode } = await runProgram(t, MAIN, ['import', 'patients.json'], { cwd, env });
    assert.deepEqual([stdout, exitCode], ['', 1]);
    assert.match(stderr, /patients\.json is damaged/);
    const listed = await runProgram(t, MAIN, ['--list', '--json'], { cwd, env });
    assert.deepEqual(JSON.parse(listed.stdout), []);
  });

  test('says in one line, without the password, that the database cannot be reached', async (t) => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    other.close();
    await once(other, 'close');
    const cwd = await createFolder(t);
    const env = { PORT: '0', DATABASE_URL: `postgresql://me:hush@127.0.0.1:${port}/medcenter` };
    for (const args of [[], ['migrate'], ['--list']]) {
      const { stdout, stderr, exitCode } = await runProgram(t, MAIN, args, { cwd, env });
      assert.deepEqual([stdout, exitCode], ['', 1], stderr);
      assert.match(
        stderr,
        new RegExp(`^PostgreSQL at 127\\.0\\.0\\.1:${port}/medcenter cannot be used .*\\n$`),
      );
      assert.ok(!stderr.includes('hush'));
    }
  });

  test('says in one line that a file is no database, and leaves it as it is', async (t) => {
    const cwd = await createFolder(t);
    const file = join(cwd, 'letter.db');
    const letter = 'Dear doctor, this is no database, however long it may become. '.repeat(50);
    await writeFile(file, letter);
    const { stderr, exitCode } = await runProgram(t, MAIN, [], {
      cwd,
      env: { PORT: '0', DATABASE_URL: '', SQLITE_FILE: file },
    });
    assert.equal(exitCode, 1);
    assert.match(stderr, /letter\.db cannot be used as a database \(SQLITE_NOTADB\): set SQLITE_FILE\.\n$/);
  });

  test('knows its commands, and refuses what is none', async (t) => {
    const cwd = await createFolder(t);
    const env = { DATABASE_URL: '', SQLITE_FILE: join(cwd, 'medcenter.db') };
    const help = await runProgram(t, MAIN, ['--help'], { cwd, env });
    assert.equal(help.exitCode, 0);
    for (const word of ['migrate', 'import <file>', '--list']) assert.ok(help.stdout.includes(word), word);
    for (const args of [['import'], ['nonsense'], ['migrate', '--fast'], ['import', 'a', 'b']]) {
      const { stdout, exitCode } = await runProgram(t, MAIN, args, { cwd, env });
      assert.deepEqual([stdout, exitCode], ['', 2], args.join(' '));
    }
  });
});
