import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { suite, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually, samplePatientInput } from './contracts/index.ts';
import { EMBEDDED, type Environment, end, gone, isAlive, PROFILES, startPractice } from './program.ts';
import { lockDatabase } from './support.ts';

const ROUNDS = Number(process.env.STOP_ROUNDS ?? 2);
/** Each on a connection of its own, with ten requests a second: 200 in all. */
const CLIENTS = 20;
const EVERY_MS = 100;
const DELAY_MS = 300;
const LOAD_MS = 700;

interface Told {
  /** An HTTP status, or the code of an error. */
  readonly outcome: number | string;
  /** On a connection that had an answer before. */
  readonly isReused: boolean;
  readonly body: string;
  readonly at: number;
}

type Send = (method: string, path: string, body?: object) => Promise<Told>;

/** A client that keeps its connection, as long as the server does. Whatever comes of a request, it is told. */
function createKeeper(t: TestContext, url: string, token: string): Send {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  t.after(() => agent.destroy());
  return async (method, path, body) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const asked = request(url + path, { method, agent, headers });
    const tell = (outcome: number | string, text: string) => ({
      outcome,
      isReused: asked.reusedSocket,
      body: text,
      at: performance.now(),
    });
    try {
      asked.end(body && JSON.stringify(body));
      const [response] = (await once(asked, 'response')) as [IncomingMessage];
      let text = '';
      for await (const chunk of response.setEncoding('utf8')) text += chunk;
      return tell(response.statusCode ?? 0, text);
    } catch (error) {
      return tell((error as NodeJS.ErrnoException).code ?? String(error), '');
    }
  };
}

/**
 * It takes no connections any more. The system takes them before the program does: those that it has not handed over yet
 * at the end of the listening are reset.
 */
const isRefused = ({ outcome, isReused }: Told) =>
  !isReused && (outcome === 'ECONNREFUSED' || outcome === 'ECONNRESET');

/** Until the server takes no connections any more. A little later than each other, so that they come evenly. */
async function load(send: Send, nth: number, work: (send: Send, n: number) => Promise<Told>) {
  const told: Told[] = [];
  await sleep((nth * EVERY_MS) / CLIENTS);
  for (let n = 0; ; n++) {
    const begun = performance.now();
    const answer = await work(send, n);
    told.push(answer);
    if (isRefused(answer)) return told;
    await sleep(Math.max(0, EVERY_MS - (performance.now() - begun)));
  }
}

/** What a load balancer sees: each time on a connection of its own, whether the last look was answered or not. */
async function watchReady(t: TestContext, url: string) {
  const looks: Promise<Told>[] = [];
  let isOver = false;
  while (!isOver) {
    const look = createKeeper(t, url, '')('GET', '/ready');
    look.then((answer) => {
      isOver ||= isRefused(answer);
    });
    looks.push(look);
    await sleep(20);
  }
  return (await Promise.all(looks)).sort((a, b) => a.at - b.at);
}

const slotAt = (n: number) => new Date(Date.UTC(2091, 2, 5, 0, n * 5)).toISOString();
const ALL_DAY = {
  timeZone: 'UTC',
  slotMinutes: 5,
  weekly: [{ day: 'monday', from: '00:00', to: '24:00' }],
  exceptions: [],
};

async function stopUnderLoad(t: TestContext, env: Environment) {
  const practice = await startPractice(t, { ...env, SHUTDOWN_DELAY_MS: String(DELAY_MS) });
  const { client, url, path, patientId, doctorId, pid } = practice;
  assert.equal((await client.send('PUT', `${path}/schedule`, ALL_DAY)).status, 200);
  let bookings = 0;
  const work = (send: Send, n: number) => {
    // One of ten books, which has both processes at work until the end; one writes; the others read.
    if (n % 10 === 3 && bookings < 288) {
      const [startsAt, endsAt] = [slotAt(bookings), slotAt(bookings + 1)];
      bookings += 1;
      return send('POST', '/api/v1/appointments', { patientId, doctorId, startsAt, endsAt });
    }
    if (n % 10 === 7) return send('POST', '/api/v1/patients', samplePatientInput());
    return send('GET', n % 2 ? '/api/v1/patients?limit=5' : `/api/v1/patients/${patientId}`);
  };
  const clients = Array.from({ length: CLIENTS }, (_, nth) =>
    load(createKeeper(t, url, client.token), nth, work),
  );
  const looks = watchReady(t, url);
  await sleep(LOAD_MS);
  const signalled = performance.now();
  const { exitCode, ms } = await end(practice, 'SIGTERM');
  const told = (await Promise.all(clients)).flat();
  return { told, looks: await looks, exitCode, ms, signalled, isLeft: isAlive(pid), log: practice.log() };
}

for (const profile of PROFILES) {
  suite(`the end of the program at 200 requests a second, ${profile.name}`, profile.suite, () => {
    for (let round = 1; round <= ROUNDS; round++) {
      test(`no request fails, /ready says so first, and it ends with 0: round ${round}`, async (t) => {
        const { told, looks, exitCode, signalled, isLeft, log } = await stopUnderLoad(
          t,
          await profile.environment(t),
        );
        const fine = told.filter(({ outcome }) => outcome === 200 || outcome === 201);
        const refused = told.filter((each) => isRefused(each) && each.at > signalled + DELAY_MS);
        const failed = told.filter((each) => !fine.includes(each) && !refused.includes(each));
        assert.deepEqual(
          failed.map((each) => ({ ...each, at: each.at - signalled })),
          [],
        );
        for (const { body } of fine) JSON.parse(body);
        const late = fine.filter(({ at }) => at > signalled + 50);
        assert.ok(late.length > 0, 'none was answered in the delay');

        const firstRefused = Math.min(...[...told, ...looks].filter(isRefused).map(({ at }) => at));
        const answers = looks.filter((look) => !isRefused(look));
        const flip = answers.findIndex(({ outcome }) => outcome === 503);
        assert.ok(flip > 0 && (answers[flip]?.at ?? Infinity) < firstRefused, 'it was not told in time');
        const [before, after] = [answers.slice(0, flip), answers.slice(flip)];
        assert.deepEqual(new Set(before.map(({ outcome }) => outcome)), new Set([200]));
        assert.deepEqual(new Set(after.map(({ outcome }) => outcome)), new Set([503]));
        assert.equal(JSON.parse(after[0]?.body ?? '').status, 'down');

        assert.equal(exitCode, 0);
        assert.ok(!isLeft, 'the schedule service has ended');
        assert.deepEqual(
          log.filter(({ level }) => level !== 'info' && level !== 'debug'),
          [],
        );
        assert.equal(log.filter(({ route, status }) => route !== '/ready' && status >= 500).length, 0);
      });
    }
  });
}

const LIMIT_MS = 1_000;

/** A request by hand, that nobody reads the answer of. */
async function sendRaw(t: TestContext, url: string, lines: readonly string[]) {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => {}).pause();
  t.after(() => socket.destroy());
  await once(socket, 'connect');
  socket.write(`${[...lines, `Host: ${hostname}`].join('\r\n')}\r\n\r\n`);
  return socket;
}

/** The last line of a program that was cut off. */
function assertCutOff(log: readonly Record<string, unknown>[], first: string): void {
  const { level, timeoutMs, unclosed, resources } = log.at(-1) ?? {};
  assert.deepEqual([level, timeoutMs], ['fatal', LIMIT_MS]);
  assert.ok(Array.isArray(unclosed) && unclosed[0] === first, `${first} is not first of ${unclosed}`);
  assert.ok(Array.isArray(resources));
}

const limited = async (t: TestContext, { environment } = EMBEDDED): Promise<Environment> => ({
  ...(await environment(t)),
  SHUTDOWN_TIMEOUT_MS: String(LIMIT_MS),
});

suite('what hangs at the end of the program', { concurrency: 2 }, () => {
  test('a stream whose client never reads ends in order', async (t) => {
    const practice = await startPractice(t, { ...(await limited(t)), SHUTDOWN_TIMEOUT_MS: '5000' });
    const { url, path, client, book, log, pid } = practice;
    const stream = `GET ${path}/appointments/stream?date=2091-03-05 HTTP/1.1`;
    await sendRaw(t, url, [stream, `Authorization: Bearer ${client.token}`]);
    assert.equal((await book('08:00')).status, 201);
    await sleep(200);
    const { exitCode, ms } = await end(practice, 'SIGTERM');
    assert.equal(exitCode, 0);
    assert.ok(ms < 3_500, `${ms}`);
    assert.ok(!isAlive(pid));
    assert.ok(log().some(({ route, status }) => String(route).endsWith('/stream') && status === 200));
  });

  test('a request whose body never ends is cut off', async (t) => {
    const practice = await startPractice(t, await limited(t));
    const { url, client, log, pid } = practice;
    const socket = await sendRaw(t, url, [
      'POST /api/v1/patients HTTP/1.1',
      `Authorization: Bearer ${client.token}`,
      'Content-Type: application/json',
      'Content-Length: 1000',
    ]);
    socket.write('{"lastName":');
    await sleep(100);
    const { exitCode, ms } = await end(practice, 'SIGTERM');
    assert.equal(exitCode, 1);
    assert.ok(ms >= LIMIT_MS && ms < LIMIT_MS + 2_000, `${ms}`);
    assertCutOff(log(), 'requests');
    await gone(pid);
  });

  for (const profile of PROFILES) {
    test(`a handler that waits for the database is cut off, ${profile.name}`, profile.suite, async (t) => {
      const env = await limited(t, profile);
      const practice = await startPractice(t, env);
      const { book, log, pid } = practice;
      const unlock = await lockDatabase(t, env);
      const booking = book('08:00').catch(() => 'cut off');
      await sleep(200);
      const { exitCode, ms } = await end(practice, 'SIGTERM');
      assert.equal(exitCode, 1);
      assert.ok(ms >= LIMIT_MS && ms < LIMIT_MS + 2_000, `${ms}`);
      assertCutOff(log(), 'requests');
      assert.equal(await booking, 'cut off');
      await unlock();
      await gone(pid);
    });
  }

  test('a schedule service that hears nothing is ended in time, and not left behind', async (t) => {
    const practice = await startPractice(t, await limited(t));
    const { pid } = practice;
    process.kill(pid, 'SIGSTOP');
    const { exitCode, ms } = await end(practice, 'SIGTERM');
    assert.equal(exitCode, 0);
    assert.ok(ms >= LIMIT_MS / 2 && ms < LIMIT_MS, `${ms}`);
    await gone(pid, 2_000);
  });
});

test('a second signal ends it at once', async (t) => {
  const practice = await startPractice(t, {
    ...(await EMBEDDED.environment(t)),
    SHUTDOWN_DELAY_MS: '20000',
  });
  practice.child.kill('SIGTERM');
  await eventually(() => practice.log().some(({ message }) => message === 'the program ends'));
  const { exitCode, ms } = await end(practice, 'SIGINT');
  assert.equal(exitCode, 1);
  assert.ok(ms < 2_000, `${ms}`);
  await gone(practice.pid);
});
