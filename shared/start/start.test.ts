import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createFolder, runProgram, startProgram } from '@medcenter/shared/testing';
import { createDatabase, needsPostgres } from '@medcenter/shared/testing/postgres';
import { ROOT } from '../stages.ts';
import { SAMPLE_DOCTORS, SAMPLE_PEOPLE } from './sample-people.ts';

const RUN = join(ROOT, 'shared', 'run.mjs');
const timeoutMs = 60_000;
const NO_SIGNALS = process.platform === 'win32' && 'NOT RUN: there is no such signal on Windows';

/** No data of the person's: a file of the test's own, also where the stage's `.env` names a server. */
function ownData(folder: string) {
  return {
    DATA_FILE: join(folder, 'data', 'patients.json'),
    SQLITE_FILE: join(folder, 'data', 'sample.db'),
    DATABASE_URL: '',
    REDIS_URL: '',
    KAFKA_BROKERS: '',
    EVENTS_FILE: join(folder, 'data', 'sample-events.db'),
    ADMIN_PASSWORD: '',
    GRPC_PORT: '0',
    SCHEDULE_ADDRESS: '',
    SPANS_FOLDER: join(folder, 'data', 'spans'),
    OTEL_EXPORTER_OTLP_ENDPOINT: '',
  };
}

/** `npm start` on a free port, and all that it says until the server is ready. */
async function startSamples(
  t: TestContext,
  args: string[] = [],
  folder?: string,
  variables: Record<string, string> = {},
) {
  const cwd = folder ?? (await createFolder(t));
  const env = { PORT: '0', ...ownData(cwd), ...variables };
  const child = startProgram(t, RUN, ['start', ...args], { cwd, env, timeoutMs });
  let said = '';
  for await (const chunk of child.stderr?.setEncoding('utf8').iterator({ destroyOnReturn: false }) ?? []) {
    said += chunk;
    if (said.includes('is a guided tour.\n')) break;
  }
  return { child, said };
}

/** The headers of the lines that the server told a person to type. */
function headersIn(said: string): Record<string, string> {
  const [, token] = /-H "authorization: (Bearer [^"]+)"/.exec(said) ?? [];
  return token === undefined ? {} : { authorization: token };
}

async function read(url: string, headers: Record<string, string>) {
  const answer = await fetch(url, { headers });
  assert.equal(answer.status, 200, url);
  return (await answer.json()) as { items: Record<string, string>[] };
}

describe('npm start', () => {
  test('serves a few people, and every address that it names answers', async (t) => {
    for (const args of [[], ['2']]) {
      const { child, said } = await startSamples(t, args);
      const urls = said.match(/http:[^\s"]+/g) ?? [];
      assert.ok(urls.some((url) => url.endsWith('/docs')) && urls.length > 3, said);
      for (const url of urls.filter((each) => !each.endsWith('/api/v1')))
        assert.equal((await fetch(url, { headers: headersIn(said) })).status, 200, url);
      assert.ok((said.match(/^ {2}curl /gm)?.length ?? 0) >= 2);
      const search = urls.find((url) => url.includes('search=')) ?? '';
      assert.equal((await read(search, headersIn(said))).items.length, 1);
      const { items } = await read(search.replace(/\?.*/, ''), headersIn(said));
      assert.equal(items.length, SAMPLE_PEOPLE.length);

      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      assert.deepEqual(await ended, [0, null]);
    }
  });

  test('of the newest stage has doctors and appointments of tomorrow, once', async (t) => {
    const folder = await createFolder(t);
    for (let start = 1; start <= 2; start++) {
      const { child, said } = await startSamples(t, [], folder);
      const [api = ''] = said.match(/http:\S+\/api\/v1/) ?? [];
      const headers = headersIn(said);
      assert.equal((await read(`${api}/doctors`, headers)).items.length, SAMPLE_DOCTORS.length);
      const { items } = await read(`${api}/appointments?status=booked`, headers);
      assert.equal(items.length, SAMPLE_PEOPLE.length);
      assert.ok(items.every(({ startsAt = '' }) => startsAt > new Date().toISOString()));
      const counted = async () => (await read(`${api}/statistics`, headers)).items;
      while ((await counted()).length < SAMPLE_DOCTORS.length) await sleep(50); // The program has a limit.
      const booked = (await counted()).reduce((sum, day) => sum + Number(day.booked), 0);
      assert.equal(booked, SAMPLE_PEOPLE.length);
      const [slots = ''] = said.match(/http:\S+\/slots\?[^"]+/) ?? [];
      const free = (await read(slots, headers)).items.map((slot) => slot.startsAt);
      const taken = items.filter(({ doctorId }) => slots.includes(String(doctorId)));
      assert.equal(
        free.length + taken.length,
        14,
        'seven hours of half hours, those that are booked left out',
      );
      assert.ok(taken.every(({ startsAt }) => !free.includes(startsAt)));
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    }
  });

  test('of the newest stage leaves spans, and ends in steps as the stage itself does', async (t) => {
    const folder = await createFolder(t);
    const { child, said } = await startSamples(t, [], folder, { SHUTDOWN_DELAY_MS: '1500' });
    const [url = ''] = said.match(/http:[^\s"]+(?=\/docs)/) ?? [];
    assert.match(said, /^ {2}curl -s "\S+\/metrics"$/m);
    assert.match(said, /^ {2}npm run -s trace$/m);
    const env = { ...ownData(folder), INIT_CWD: folder };
    const trace = () => runProgram(t, RUN, ['trace', 'by-a-test'], { cwd: folder, env, timeoutMs });
    const headers = { ...headersIn(said), 'x-request-id': 'by-a-test' };
    assert.equal((await fetch(`${url}/api/v1/patients`, { headers })).status, 200);
    const until = performance.now() + timeoutMs;
    let drawn = await trace();
    while (drawn.exitCode !== 0 && performance.now() < until) drawn = await trace();
    assert.match(drawn.stdout, /^GET \/api\/v1\/patients +medcenter /m);

    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    const statuses = new Set<number>();
    while (!statuses.has(503)) {
      statuses.add((await fetch(`${url}/ready`)).status);
      await sleep(50); // The program has a limit.
    }
    assert.equal((await fetch(`${url}/health`)).status, 200, 'it is not ready, and goes on');
    assert.deepEqual(await ended, [0, null]);
  });

  test('of the newest stage changes the log level by a signal', { skip: NO_SIGNALS }, async (t) => {
    const { child } = await startSamples(t);
    child.kill('SIGUSR2');
    let log = '';
    const services = () =>
      new Set(log.match(/"the log level changes from info to debug","service":"[^"]+"/g));
    for await (const chunk of child.stdout?.setEncoding('utf8').iterator({ destroyOnReturn: false }) ?? []) {
      log += chunk;
      if (services().size === 2) break;
    }
    assert.equal(services().size, 2, log);
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    assert.deepEqual(await ended, [0, null]);
  });

  test('signs in, with a new password each time, and with ADMIN_PASSWORD where that is set', async (t) => {
    const folder = await createFolder(t);
    const passwords: string[] = [];
    for (const ADMIN_PASSWORD of ['', '', 'a lamp in every window']) {
      const { child, said } = await startSamples(t, [], folder, { ADMIN_PASSWORD });
      const [url = ''] = said.match(/http:[^\s"]+(?=\/docs)/) ?? [];
      const [, password = ''] = /its password until the next start: (.+)$/m.exec(said) ?? [];
      passwords.push(password);
      const body = JSON.stringify({ username: 'admin', password });
      const headers = { 'content-type': 'application/json' };
      const answer = await fetch(`${url}/auth/login`, { method: 'POST', headers, body });
      assert.equal(answer.status, 200, said);
      const anonymous = await fetch(`${url}/api/v1/patients`);
      assert.equal(anonymous.status, 401);
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    }
    assert.equal(new Set(passwords).size, 3);
    assert.equal(passwords.at(-1), 'a lamp in every window');
  });

  test("leaves the accounts of a person's own PostgreSQL alone", needsPostgres(), async (t) => {
    const folder = await createFolder(t);
    const DATABASE_URL = await createDatabase(t);
    let password: string | undefined;
    for (let start = 1; start <= 2; start++) {
      const { child, said } = await startSamples(t, [], folder, { DATABASE_URL });
      password ??= /^first account: admin, password (\S+) /m.exec(said)?.[1];
      assert.match(said, /^Sign in with an account of yours: TOKEN is /m);
      const [url = ''] = said.match(/http:[^\s"]+(?=\/docs)/) ?? [];
      const body = JSON.stringify({ username: 'admin', password });
      const headers = { 'content-type': 'application/json' };
      const answer = await fetch(`${url}/auth/login`, { method: 'POST', headers, body });
      assert.equal(answer.status, 200, said);
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    }
  });

  test('says in one line that the port is taken', async (t) => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    t.after(() => other.close());
    const { port } = other.address() as { port: number };
    const cwd = await createFolder(t);
    const env = { PORT: String(port), ...ownData(cwd) };
    const { stderr, exitCode } = await runProgram(t, RUN, ['start'], { cwd, env, timeoutMs });
    assert.deepEqual(
      [stderr, exitCode],
      [`Another program listens on 127.0.0.1:${port}: end it, or set PORT.\n`, 1],
    );
  });

  test('names a wrong variable', async (t) => {
    const cwd = await createFolder(t);
    const { stderr, exitCode } = await runProgram(t, RUN, ['start'], { cwd, env: { PORT: 'x' }, timeoutMs });
    assert.equal(exitCode, 2);
    assert.match(stderr, /^PORT holds "x", and wants a port.*\n$/);
  });

  test('says in one line that the database does not answer', async (t) => {
    const cwd = await createFolder(t);
    const env = { ...ownData(cwd), DATABASE_URL: 'postgresql://nobody:secret@127.0.0.1:1/none' };
    const { stderr, exitCode } = await runProgram(t, RUN, ['start'], { cwd, env, timeoutMs });
    assert.equal(exitCode, 1);
    assert.match(stderr, /^PostgreSQL at 127\.0\.0\.1:1\/none cannot be used .*\n$/);
    assert.ok(!stderr.includes('secret'));
  });

  test('of a stage without a server shows who is there, and what to type', async (t) => {
    const { stdout, exitCode } = await runProgram(t, RUN, ['start', '1'], {
      cwd: await createFolder(t),
      timeoutMs,
    });
    assert.equal(exitCode, 0);
    assert.match(stdout, /^Stage 1 keeps its patients in stage-01-core\/data\/patients\.json:$/m);
    assert.match(stdout, / {2}npm run -s stage:1 -- --file \S+ --list --search мария/);
  });

  test('of a stage that there is not says which there are', async (t) => {
    const { stderr, exitCode } = await runProgram(t, RUN, ['start', '9'], { cwd: await createFolder(t) });
    assert.equal(exitCode, 2);
    assert.match(stderr, /There is no stage "9"\. There are: 1 \(stage-01-core\), 2 /);
  });
});
