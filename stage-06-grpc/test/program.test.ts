import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { suite, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, eventually, samplePatientInput, sampleSchedule } from './contracts/index.ts';
import {
  childrenOf,
  createPractice,
  EMBEDDED,
  end,
  halfHour,
  isAlive,
  launch,
  MONDAY,
  PROFILES,
  runMain,
  signIn,
  startScheduleServer,
  startServer,
  totals,
} from './program.ts';

/** The API as a process, the schedule service that it started, and a doctor who is booked by slots. */
async function startPractice(t: TestContext, env: Record<string, string>) {
  const server = await startServer(t, env);
  const [pid = assert.fail('it has no child'), ...more] = await childrenOf(server.child);
  assert.deepEqual(more, []);
  t.after(() => {
    if (isAlive(pid)) process.kill(pid, 'SIGKILL');
  });
  const client = await signIn(server.url);
  return { ...server, pid, client, ...(await createPractice(client)) };
}

const gone = (pid: number, patienceMs = 5_000) =>
  eventually(() => !isAlive(pid), { what: `the end of ${pid}`, patienceMs });

async function inTime<T>(limitMs: number, work: () => Promise<T>): Promise<T> {
  const began = performance.now();
  const result = await work();
  const took = performance.now() - began;
  assert.ok(took < limitMs, `it took ${took} ms`);
  return result;
}

/** Everything that the schedule service has a part in answers 503 in time, and patients do not feel it. */
async function isRefusedMeanwhile(client: Client, path: string, limitMs: number) {
  const date = `date=${MONDAY}`;
  for (const address of ['schedule', `slots?from=${MONDAY}&to=${MONDAY}`, `appointments/stream?${date}`]) {
    const refused = inTime(limitMs, () => client.send('GET', `${path}/${address}`));
    const patients = await inTime(1_000, () => client.send('GET', '/api/v1/patients'));
    assert.equal(patients.status, 200);
    const { status, headers } = await refused;
    assert.deepEqual([status, headers.get('retry-after')], [503, '1'], address);
    assert.match(headers.get('content-type') ?? '', /^application\/problem\+json/);
  }
  const put = await inTime(limitMs, () => client.send('PUT', `${path}/schedule`, sampleSchedule()));
  assert.deepEqual([put.status, put.headers.get('retry-after')], [503, '1']);
}

for (const profile of PROFILES) {
  suite(`the program, ${profile.name}`, profile.suite, () => {
    test('books by slots, tells and counts it, knows who did it, and leaves no process behind', async (t) => {
      const env = await profile.environment(t);
      const { client, child, pid, output, book, change, slots, doctorId } = await startPractice(t, env);
      assert.match(
        output.said,
        /^storage: .+\ncache: .+\nsessions: .+\nevents: .+\nreminders: .+\nschedule: gRPC at 127\.0\.0\.1:\d+, a process of our own\nAPI: .+\n$/,
      );
      assert.deepEqual(await slots(), ['08:00', '08:30', '09:00', '09:30']);
      const booked = await book('08:30', { 'x-request-id': 'a-booking-of-mine' });
      assert.equal(booked.status, 201, JSON.stringify(booked.body));
      assert.deepEqual(await slots(), ['08:00', '09:00', '09:30']);
      const offSlot = await book('08:10');
      assert.deepEqual([offSlot.status, offSlot.body.errors[0].path], [409, '/startsAt']);
      assert.equal((await book('08:30')).status, 409);
      const { id } = booked.body;
      assert.equal((await change(id, halfHour('10:00'))).status, 409, 'no slot');
      assert.equal((await change(id, halfHour('09:30'))).status, 200);
      assert.deepEqual(await slots(), ['08:00', '08:30', '09:00']);
      assert.equal((await book('08:00')).status, 201);
      assert.equal((await change(id, { status: 'cancelled', cancellationReason: 'ill' })).status, 200);
      const items = [{ date: MONDAY, doctorId, booked: 2, cancelled: 1 }];
      await eventually(async () => {
        const { body } = await client.send('GET', '/api/v1/statistics');
        return JSON.stringify(body) === JSON.stringify({ items });
      });
      const { body: audit } = await client.send('GET', '/api/v1/audit?limit=100');
      const lines = audit.items.filter(
        ({ resource, action }: Record<string, string>) =>
          resource === `Appointment/${id}` && action === 'create',
      );
      assert.deepEqual(
        lines.map(({ username, requestId, outcome }: Record<string, string>) => [
          username,
          requestId,
          outcome,
        ]),
        [['admin', 'a-booking-of-mine', 'success']],
      );
      assert.equal(await end(child, 'SIGTERM'), 0);
      assert.ok(!isAlive(pid), 'it ended before its parent');
      assert.doesNotMatch(output.logged, /"level":"(warn|error)"/);
    });

    test('with the schedule service frozen: 503 at the deadline; thawed, the same request books once', async (t) => {
      const env = { ...(await profile.environment(t)), SCHEDULE_DEADLINE_MS: '800' };
      const { client, pid, book, slots, path, output } = await startPractice(t, env);
      const key = { 'idempotency-key': 'my-one-booking' };
      process.kill(pid, 'SIGSTOP');
      try {
        const began = performance.now();
        const posted = book('08:30', key);
        assert.equal((await inTime(600, () => client.send('GET', '/api/v1/patients'))).status, 200);
        const { status, headers, body } = await posted;
        const took = performance.now() - began;
        assert.deepEqual([status, headers.get('retry-after'), body.status], [503, '1', 503]);
        assert.ok(took > 700 && took < 1_500, `it took ${took} ms`);
        await isRefusedMeanwhile(client, path, 1_500);
      } finally {
        process.kill(pid, 'SIGCONT');
      }
      const again = await eventually(async () => {
        const answer = await book('08:30', key);
        return answer.status !== 503 && answer;
      });
      assert.equal(again.status, 201, JSON.stringify(again.body));
      assert.deepEqual((await book('08:30', key)).body, again.body);
      const { body } = await client.send('GET', '/api/v1/appointments');
      assert.equal(body.items.length, 1);
      assert.ok(!(await slots()).includes('08:30'));
      await eventually(async () => (await totals(client)).booked > 0);
      await sleep(1_000); // A second event would have come by now.
      assert.deepEqual(await totals(client), { booked: 1, cancelled: 0 });
      assert.equal(
        output.logged.match(/"level":"warn","message":"the schedule service does not answer"/g)?.length,
        1,
      );
      assert.equal(output.logged.match(/"message":"the schedule service answers again"/g)?.length, 1);
    });

    test('a schedule service that is killed is there again soon, at the same place', async (t) => {
      const env = await profile.environment(t);
      const { client, child, pid, book, path, output } = await startPractice(t, env);
      process.kill(pid, 'SIGKILL');
      await gone(pid);
      await isRefusedMeanwhile(client, path, 2_500);
      const booked = await eventually(async () => {
        const answer = await book('08:00');
        return answer.status === 201 && answer;
      });
      assert.equal((await client.send('GET', `/api/v1/appointments/${booked.body.id}`)).status, 200);
      const [other] = await childrenOf(child);
      assert.ok(other !== undefined && other !== pid);
      assert.match(output.logged, /the schedule service ended by SIGKILL: it is started again/);
      assert.equal(await end(child, 'SIGTERM'), 0);
      assert.ok(!isAlive(other));
    });
  });
}

suite('the processes of the program', () => {
  test('when the API is killed, the schedule service ends by itself', async (t) => {
    const { child, pid } = await startPractice(t, await EMBEDDED.environment(t));
    await end(child, 'SIGKILL');
    await gone(pid);
  });

  test('an API that is killed at its start leaves no schedule service behind either', async (t) => {
    const api = await launch(t, await EMBEDDED.environment(t));
    const pid = await eventually(async () => (await childrenOf(api))[0]);
    await end(api, 'SIGKILL');
    await gone(pid, 20_000); // It is still being loaded.
  });

  test('Ctrl-C ends both as SIGTERM does, also with a booking under way', async (t) => {
    const { child, pid, book } = await startPractice(t, await EMBEDDED.environment(t));
    const booking = book('08:00');
    await sleep(5);
    assert.equal(await end(child, 'SIGINT'), 0);
    assert.equal((await booking).status, 201);
    assert.ok(!isAlive(pid));
  });

  test('a schedule service elsewhere is used, may come late, go, and come back', async (t) => {
    const env = await EMBEDDED.environment(t);
    const schedule = await startScheduleServer(t, env);
    assert.match(schedule.output.said, /^storage: .+\ncache: .+\nsessions: .+\nschedule: gRPC at .+\n$/);
    const there = { ...env, SCHEDULE_ADDRESS: schedule.address };
    const api = await startServer(t, there);
    assert.match(api.output.said, new RegExp(`^schedule: gRPC at ${schedule.address}$`, 'm'));
    assert.deepEqual(await childrenOf(api.child), []);
    const client = await signIn(api.url);
    const { book, path } = await createPractice(client);
    assert.equal((await book('08:00')).status, 201);
    assert.equal(await end(schedule.child, 'SIGTERM'), 0);
    await isRefusedMeanwhile(client, path, 2_500);
    assert.equal((await inTime(2_500, () => book('08:30'))).status, 503);

    const late = await startServer(t, there);
    const [, GRPC_PORT = ''] = schedule.address.split(':');
    await startScheduleServer(t, { ...env, GRPC_PORT });
    for (const each of [client, await signIn(late.url)]) {
      await eventually(async () => (await each.send('GET', `${path}/schedule`)).status === 200);
    }
    assert.equal((await book('08:30')).status, 201);
    await eventually(async () => (await totals(client)).booked === 2);
  });

  test('a port of gRPC that is taken is told in one line, by both', async (t) => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    t.after(() => other.close());
    const { port } = other.address() as { port: number };
    const env = { ...(await EMBEDDED.environment(t)), GRPC_PORT: String(port) };
    const said = `Another program listens on 127.0.0.1:${port}: end it, or set GRPC_PORT.\n`;
    for (const args of [[], ['schedule']]) {
      const { stderr, exitCode, stdout } = await runMain(t, env, args);
      assert.deepEqual([stderr, exitCode, stdout], [said, 1, '']);
    }
  });

  test('a port of HTTP that is taken ends the schedule service, too', async (t) => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    t.after(() => other.close());
    const { port } = other.address() as { port: number };
    const env = { ...(await EMBEDDED.environment(t)), PORT: String(port) };
    const { stderr, exitCode } = await runMain(t, env, []);
    const said = `Another program listens on 127.0.0.1:${port}: end it, or set PORT.\n`;
    assert.deepEqual([stderr, exitCode], [said, 1]);
  });

  test('two APIs beside one schedule service book each slot once', async (t) => {
    const env = await EMBEDDED.environment(t);
    const { address: SCHEDULE_ADDRESS } = await startScheduleServer(t, env);
    const there = { ...env, SCHEDULE_ADDRESS };
    const clients: Client[] = [];
    for (let n = 0; n < 2; n++) clients.push(await signIn((await startServer(t, there)).url));
    const [one = assert.fail()] = clients;
    const { doctorId } = await createPractice(one);
    const book = async (n: number) => {
      const client = clients[n % 2] ?? one;
      const patient = await client.send('POST', '/api/v1/patients', samplePatientInput());
      const input = { doctorId, patientId: patient.body.id, ...halfHour('09:00') };
      return (await client.send('POST', '/api/v1/appointments', input)).status;
    };
    const statuses = await Promise.all(Array.from({ length: 12 }, (_, n) => book(n)));
    assert.deepEqual(statuses.sort(), [201, ...Array(11).fill(409)]);
  });
});
