import assert from 'node:assert/strict';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { suite, test } from 'node:test';
import { ANONYMOUS, actorIn, metadataOf } from '../src/app/index.ts';
import { environmentOf, readConfig, variables } from '../src/config/index.ts';
import { createClient, eventually } from './contracts/index.ts';
import { createGrpcClient } from './grpc-support.ts';
import {
  ADMIN_PASSWORD,
  command,
  createPractice,
  EMBEDDED,
  halfHour,
  MONDAY,
  PROFILES,
  runMain,
  signIn,
  startApi,
  totals,
} from './program.ts';
import { openStorage, POSTGRES } from './support.ts';

const CONNECT = '/medcenter.schedule.v1.ScheduleService';

suite('the settings', () => {
  test('go to another process as they are', () => {
    const empty = readConfig(variables, {});
    assert.deepEqual(readConfig(variables, environmentOf(empty)), empty);
    const full = readConfig(variables, {
      DATABASE_URL: 'postgresql://user:p%40ss@127.0.0.1:5432/medcenter',
      KAFKA_BROKERS: '127.0.0.1:9092,127.0.0.1:9093',
      CORS_ORIGINS: 'https://desk.example',
      GRPC_PORT: '0',
      SCHEDULE_ADDRESS: '[::1]:50051',
      SMTP_URL: 'smtp://127.0.0.1:25',
      REMINDER_LEAD_HOURS: '0',
    });
    assert.deepEqual(readConfig(variables, environmentOf(full)), full);
    assert.equal(environmentOf(full).PATH, process.env.PATH);
  });

  test('of this stage have its own places, and the port of gRPC that others know', () => {
    const config = readConfig(variables, {});
    assert.match(config.SQLITE_FILE, /stage-06-grpc\Wdata\Wmedcenter\.db$/);
    assert.match(config.EVENTS_FILE, /stage-06-grpc\Wdata\Wevents\.db$/);
    assert.equal(config.REDIS_PREFIX, 'medcenter:stage-06:');
    assert.deepEqual(
      [config.GRPC_PORT, config.SCHEDULE_ADDRESS, config.SCHEDULE_DEADLINE_MS],
      [50_051, undefined, 2_000],
    );
  });

  test('that are wrong are named; so are words that are no command', async (t) => {
    const env = await EMBEDDED.environment(t);
    for (const [name, ...held] of [
      ['GRPC_PORT', '70000', 'x', '-1'],
      [
        'SCHEDULE_ADDRESS',
        'here',
        '127.0.0.1',
        '127.0.0.1:0',
        '127.0.0.1:70000',
        'http://here:50051',
        '::1:50051',
      ],
      ['SCHEDULE_DEADLINE_MS', '0', '5000', 'soon'],
    ] as const) {
      for (const each of held) {
        const read = () => readConfig(variables, { ...env, [name]: each });
        assert.throws(read, { code: 'config', message: new RegExp(`^${name} holds ".*", and wants `) }, each);
      }
    }
    const { stderr, exitCode } = await runMain(t, { ...env, GRPC_PORT: 'x', SCHEDULE_ADDRESS: 'y' }, []);
    assert.equal(exitCode, 2);
    assert.match(stderr, /^GRPC_PORT holds .+\nSCHEDULE_ADDRESS holds .+\n$/);
    assert.equal((await command(env, 'schedule', 'now')).exitCode, 2);
    assert.match((await command(env, 'nothing')).stderr, /nothing/);
  });
});

suite('who calls', () => {
  test('is told along, and nobody can be somebody else by a name that is none', () => {
    const actor = { username: 'a.b@c', requestId: 'r-1' };
    assert.deepEqual(actorIn(metadataOf(actor)), actor);
    assert.deepEqual(metadataOf(undefined), {});
    assert.equal(actorIn({}).username, ANONYMOUS);
    assert.equal(actorIn({ 'x-username': 'cli:root' }).username, ANONYMOUS);
    assert.equal(actorIn({ 'x-username': `a${'b'.repeat(100)}` }).username, ANONYMOUS);
    assert.match(actorIn({ 'x-request-id': 'a b' }).requestId, /^[\da-f-]{36}$/);
  });
});

suite('a stream', () => {
  // A quarter of a minute goes by until somebody asks.
  test('ends with the session, at both doors', { timeout: 40_000 }, async (t) => {
    const { url, lines } = await startApi(t, await EMBEDDED.environment(t));
    const client = await signIn(url);
    const { doctorId, path, book } = await createPractice(client);
    const authorization = `Bearer ${client.token}`;
    const message = JSON.stringify({ doctorId, date: MONDAY, watch: true });
    const streams = await Promise.all([
      fetch(`${url}${path}/appointments/stream?date=${MONDAY}`, { headers: { authorization } }),
      fetch(`${url}${CONNECT}/StreamDailyAppointments`, {
        method: 'POST',
        headers: { authorization, 'content-type': 'application/connect+json' },
        body: Buffer.concat([Buffer.from([0, 0, 0, 0, message.length]), Buffer.from(message)]),
      }),
    ]);
    const texts = streams.map((stream) => stream.text());
    assert.equal((await book('08:00')).status, 201);
    await client.send('POST', '/auth/logout');
    const [events = '', messages = ''] = await Promise.all(texts);
    assert.match(events, /^event: appointment$/m);
    assert.match(messages, /"appointment".*"unauthenticated"/s);
    assert.ok(!lines.some((line) => line.includes('"level":"error"')), lines.join('\n'));
  });
});

suite('a deadline', POSTGRES.suite, () => {
  test('that is over ends the statement in PostgreSQL, and not only the wait for it', async (t) => {
    const options = await POSTGRES.place(t);
    const { url, address } = await startApi(t, {
      ...(await EMBEDDED.environment(t)),
      DATABASE_URL: options.url ?? '',
    });
    const { doctorId } = await createPractice(await signIn(url));
    const { transaction, sql } = await openStorage(t, options);
    const waiting = async () =>
      (
        await sql.query(
          `SELECT 1 FROM pg_stat_activity WHERE datname = current_database()
             AND application_name = 'medcenter' AND state = 'active' AND wait_event_type = 'Lock'`,
        )
      ).length;
    const direct = createGrpcClient(t, address, { deadlineMs: 400 });
    const query = { doctorId, from: MONDAY, to: MONDAY };
    await direct.availableSlots(query);

    await transaction(async (tx) => {
      await tx.sql.query('LOCK TABLE appointments IN ACCESS EXCLUSIVE MODE');
      const refused = assert.rejects(direct.availableSlots(query), { code: 'unavailable' });
      await eventually(async () => (await waiting()) > 0);
      await refused;
      const over = performance.now();
      await eventually(async () => (await waiting()) === 0);
      assert.ok(performance.now() - over < 1_000, `${performance.now() - over} ms`);
    });
    assert.equal((await direct.availableSlots(query)).length, 4);
  });
});

for (const profile of PROFILES) {
  suite(`the doors of the program, ${profile.name}`, profile.suite, () => {
    test('a call without a name is audited as such; its event is told by the API', async (t) => {
      const { url, address } = await startApi(t, await profile.environment(t));
      const client = await signIn(url);
      const { patientId, doctorId } = await createPractice(client);
      const direct = createGrpcClient(t, address);
      const { id } = await direct.bookSlot({ patientId, doctorId, startsAt: halfHour('08:00').startsAt });
      const { body } = await client.send('GET', `/api/v1/audit?username=${ANONYMOUS}`);
      assert.ok(
        body.items.some(
          ({ resource, action }: Record<string, string>) =>
            resource === `Appointment/${id}` && action === 'create',
        ),
      );
      await eventually(async () => (await totals(client)).booked === 1);
    });

    test('the Connect door books in the name of the session, and lets nobody in without', async (t) => {
      const { url } = await startApi(t, await profile.environment(t));
      const client = await signIn(url);
      const { patientId, doctorId, slots } = await createPractice(client);
      const { startsAt } = halfHour('08:00');
      const booking = { patientId, doctorId, startsAt };
      const refused = await createClient(url).send('POST', `${CONNECT}/BookSlot`, booking);
      assert.deepEqual([refused.status, refused.body.code], [401, 'unauthenticated']);
      const id = { 'x-request-id': 'by-connect' };
      const booked = await client.send('POST', `${CONNECT}/BookSlot`, booking, id);
      assert.equal(booked.status, 200, JSON.stringify(booked.body));
      const query = { doctorId, fromDate: MONDAY, toDate: MONDAY };
      const free = await client.send('POST', `${CONNECT}/GetAvailableSlots`, query);
      assert.equal(free.body.slots.length, 3);
      assert.deepEqual(await slots(), ['08:30', '09:00', '09:30']);
      const { body } = await client.send('GET', '/api/v1/audit?username=admin');
      const line = body.items.find(
        ({ resource, action }: Record<string, string>) =>
          action === 'create' && resource === `Appointment/${booked.body.appointment.id}`,
      );
      assert.equal(line?.requestId, 'by-connect');
      await eventually(async () => (await totals(client)).booked === 1);
    });

    test('who is not let in to appointments leaves a line in the audit', async (t) => {
      const env = await profile.environment(t);
      const { url } = await startApi(t, env);
      const client = await signIn(url);
      const { path, doctorId } = await createPractice(client);
      const add = ['user', 'add', '--username', 'a-doctor', '--role', 'doctor', '--doctor-id', doctorId];
      const added = await runMain(t, env, add, `${ADMIN_PASSWORD}\n`);
      assert.equal(added.exitCode, 0, added.stderr);
      const doctor = await signIn(url, 'a-doctor');
      assert.equal((await doctor.send('POST', `${CONNECT}/BookSlot`, {})).status, 403);
      const stranger = createClient(url);
      const stream = `${path}/appointments/stream?date=${MONDAY}`;
      assert.equal((await stranger.send('GET', stream)).status, 401);
      assert.equal((await stranger.send('GET', `${path}/slots`)).status, 401, 'of no patient');
      const { body } = await client.send('GET', '/api/v1/audit');
      const denied = body.items
        .filter(({ outcome }: Record<string, string>) => outcome === 'denied')
        .map(({ username, action, resource }: Record<string, string>) => [username, action, resource]);
      assert.deepEqual(denied, [
        [undefined, 'read', 'Appointment'],
        ['a-doctor', 'create', 'Appointment'],
      ]);
    });

    test('a day is streamed as it changes', async (t) => {
      const { url } = await startApi(t, await profile.environment(t));
      const client = await signIn(url);
      const { path, book, change } = await createPractice(client);
      const address = `${url}${path}/appointments/stream?date=${MONDAY}`;
      // On a connection of its own, for it ends in the middle of an answer.
      const request = get(address, { headers: { authorization: `Bearer ${client.token}` }, agent: false });
      t.after(() => request.destroy());
      const [response]: IncomingMessage[] = await once(request, 'response');
      assert.equal(response?.statusCode, 200);
      let text = '';
      response?.setEncoding('utf8').on('data', (chunk) => {
        text += chunk;
      });
      await eventually(() => text.includes('event: live'));
      const { body } = await book('08:00');
      await eventually(() => text.includes(`"id":"${body.id}"`));
      await change(body.id, { status: 'arrived' });
      await eventually(() => text.includes('"status":"arrived"'));
      request.destroy();
    });

    test('the command line changes what the API shows', async (t) => {
      const env = await profile.environment(t);
      const { url } = await startApi(t, env);
      const client = await signIn(url);
      const { patientId } = await createPractice(client);
      await client.send('GET', `/api/v1/patients/${patientId}`);
      const changed = await command(env, '--update', patientId, '--first-name', 'Ngozi');
      assert.equal(changed.exitCode, 0, changed.stderr);
      const { body } = await client.send('GET', `/api/v1/patients/${patientId}`);
      assert.equal(body.firstName, 'Ngozi');
      assert.equal((await command(env, 'migrate')).stderr, 'The tables are up to date.\n');
      assert.equal((await command(env, 'dlq', 'list', '--json')).stdout, '[]\n');
      assert.match((await command(env, 'user', 'list')).stdout, /admin/);
    });
  });
}
