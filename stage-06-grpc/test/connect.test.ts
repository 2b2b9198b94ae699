import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { suite, type TestContext, test } from 'node:test';
import { request } from 'node:http';
import { promisify } from 'node:util';
import { createLines } from '@medcenter/shared/testing';
import { Code, ConnectError, createClient } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-node';
import { conflict, type Role, unauthenticated, unavailable, validation } from '../src/domain/index.ts';
import { createLogger } from '../src/observability/index.ts';
import type { ScheduleService as Service } from '../src/service/index.ts';
import { addConnectDoor, type ConnectDoorOptions, connectAccessRules } from '../src/transport/grpc/index.ts';
import { BadRequestSchema } from '../src/transport/grpc/generated/google/rpc/error_details_pb.ts';
import { ScheduleService } from '../src/transport/grpc/generated/medcenter/schedule/v1/schedule_pb.ts';
import {
  accessStatusByCode,
  addAccess,
  type CurrentRequest,
  createHttpApp,
  eventAccessRules,
} from '../src/transport/http/index.ts';
import { eventually } from './contracts/index.ts';
import { collect, createFakeService, DOCTOR, hang, PATIENT, sampleAppointment } from './grpc-support.ts';

const BASE = '/medcenter.schedule.v1.ScheduleService';
const TOKENS: Readonly<Record<string, Role>> = { boss: 'admin', desk: 'receptionist', doc: 'doctor' };
const BOOKING = { doctorId: DOCTOR, patientId: PATIENT, startsAt: '2091-03-01T09:00:00Z' };

/** The HTTP API with the door and its guard. A token is the name of who has it. */
async function openDoor(
  t: TestContext,
  service: Partial<Service> = {},
  options: Partial<ConnectDoorOptions> = {},
) {
  const { out, lines } = createLines();
  const logger = createLogger({ level: 'info', service: 'test', out });
  const app = await createHttpApp({} as Parameters<typeof createHttpApp>[0], {
    logger,
    statuses: accessStatusByCode,
    limits: { handlerMs: 400 },
  });
  const current = new AsyncLocalStorage<CurrentRequest>();
  addAccess(app, {
    rules: { ...eventAccessRules, ...connectAccessRules },
    signIn: {
      async check(token) {
        const role = TOKENS[token];
        if (token === 'away') throw unavailable('Redis is away');
        if (!role) throw unauthenticated('the token is not valid any more');
        return { accountId: 'a', username: token, role, expiresAt: '2091-01-01T00:00:00.000Z' };
      },
    },
    isOwn: async () => false,
    onDenied: async () => {},
    current,
  });
  const failures: unknown[] = [];
  await addConnectDoor(app, {
    service: createFakeService(service),
    onError: (error, call) => failures.push([error, call]),
    ...options,
  });
  t.after(() => app.close());
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  const call = async (method: string, body: unknown, headers: Record<string, string> = {}) => {
    const response = await fetch(`${url}${BASE}/${method}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'Bearer boss', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      text,
      body: text ? JSON.parse(text) : undefined,
    };
  };
  return { app, url, call, current, failures, lines };
}

/** Sessions that end, and how often somebody has asked. */
function createSessions() {
  const over = new Set<string | undefined>();
  let checks = 0;
  const options: Partial<ConnectDoorOptions> = {
    checkMs: 20,
    async stillAllowed({ token }) {
      checks += 1;
      if (over.has(token)) throw unauthenticated('the token is not valid any more');
    },
  };
  return { options, checks: () => checks, end: (token: string) => over.add(token) };
}

function connectClient(url: string, token = 'boss', useBinaryFormat = true) {
  return createClient(
    ScheduleService,
    createConnectTransport({
      baseUrl: url,
      httpVersion: '1.1',
      useBinaryFormat,
      interceptors: [
        (next) => (request) => {
          request.header.set('authorization', `Bearer ${token}`);
          return next(request);
        },
      ],
    }),
  );
}

suite('the Connect door', () => {
  test('answers JSON to JSON, with the headers of the API', async (t) => {
    const { call, url } = await openDoor(t);
    const query = { doctorId: DOCTOR, fromDate: '2091-03-01', toDate: '2091-03-02' };
    const answer = await call('GetAvailableSlots', query, { 'x-request-id': 'r-7' });
    assert.equal(answer.status, 200);
    assert.deepEqual(answer.body, {
      slots: [{ startsAt: '2091-03-01T09:00:00Z', endsAt: '2091-03-02T09:30:00Z' }],
    });
    assert.equal(answer.headers.get('x-request-id'), 'r-7');
    assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
    assert.equal((await fetch(`${url}/health`)).status, 200);
  });

  test('takes the names of the .proto file as well as those of JSON', async (t) => {
    const { call } = await openDoor(t);
    const { status, body } = await call('GetSchedule', { doctor_id: DOCTOR });
    assert.equal(status, 200);
    assert.deepEqual(body.schedule.weekly[0], { day: 'WEEKDAY_MONDAY', from: '09:00', to: '13:00' });
  });

  for (const [name, useBinaryFormat] of [
    ['bytes', true],
    ['JSON', false],
  ] as const) {
    test(`serves a Connect client that speaks ${name}, calls and streams`, async (t) => {
      const { url } = await openDoor(t);
      const client = connectClient(url, 'desk', useBinaryFormat);
      assert.equal((await client.getSchedule({ doctorId: DOCTOR })).schedule?.timeZone, 'Europe/Berlin');
      const cases: unknown[] = [];
      for await (const { event } of client.streamDailyAppointments({
        doctorId: DOCTOR,
        date: '2091-03-01',
      })) {
        cases.push(event.case);
      }
      assert.deepEqual(cases, ['reset', 'appointment', 'removed', 'live']);
    });
  }

  test('wants a session as the API does, and says so in the words of Connect', async (t) => {
    const { call } = await openDoor(t);
    const without = await call('GetAvailableSlots', '{ not json', { authorization: '' });
    assert.equal(without.status, 401);
    assert.equal(without.body.code, 'unauthenticated');
    assert.match(without.headers.get('content-type') ?? '', /^application\/json/);
    assert.match(without.headers.get('www-authenticate') ?? '', /^Bearer/);
    const stale = await call('GetAvailableSlots', {}, { authorization: 'Bearer gone' });
    assert.deepEqual([stale.status, stale.body.code], [401, 'unauthenticated']);
    const away = await call('GetAvailableSlots', {}, { authorization: 'Bearer away' });
    assert.deepEqual([away.status, away.body.code], [503, 'unavailable']);
  });

  const reads = ['GetSchedule', 'GetAvailableSlots', 'StreamDailyAppointments'];
  for (const [token, allowed] of [
    ['boss', [...reads, 'BookSlot', 'PutSchedule']],
    ['desk', [...reads, 'BookSlot']],
    ['doc', reads],
  ] as const) {
    test(`${TOKENS[token]} may call ${allowed.join(', ')}`, async (t) => {
      const { call } = await openDoor(t);
      for (const { name } of ScheduleService.methods) {
        const type = name.startsWith('Stream') ? { 'content-type': 'application/connect+json' } : {};
        const { status } = await call(name, type['content-type'] ? '' : BOOKING, {
          authorization: `Bearer ${token}`,
          ...type,
        }).catch(() => ({ status: 200 })); // An answer in frames is no JSON.
        assert.equal(status === 403, !allowed.includes(name), `${name}: ${status}`);
      }
    });
  }

  test('tells a refusal by code, words and fields', async (t) => {
    const { url, call } = await openDoor(t, {
      bookSlot: () => Promise.reject(conflict('taken', [{ path: '/doctorId', message: 'is booked then' }])),
      availableSlots: () => Promise.reject(validation([{ path: '/from', message: 'is no date' }])),
    });
    const taken = await call('BookSlot', BOOKING);
    assert.deepEqual([taken.status, taken.body.code, taken.body.message], [409, 'already_exists', 'taken']);
    const error = await connectClient(url)
      .getAvailableSlots({})
      .catch((each: unknown) => each);
    assert.ok(error instanceof ConnectError);
    assert.equal(error.code, Code.InvalidArgument);
    const [violation] = error.findDetails(BadRequestSchema).flatMap((each) => each.fieldViolations);
    assert.deepEqual([violation?.field, violation?.description], ['from_date', 'is no date']);
  });

  test('says when to come again, while the service is away', async (t) => {
    const { call } = await openDoor(t, { getSchedule: () => Promise.reject(unavailable('it is away')) });
    const { status, headers, body } = await call('GetSchedule', { doctorId: DOCTOR });
    assert.deepEqual([status, headers.get('retry-after'), body.code], [503, '1', 'unavailable']);
  });

  test('a failure tells nothing, and is logged once with its request', async (t) => {
    const secret = new Error('hunter2');
    const { call, failures } = await openDoor(t, { getSchedule: () => Promise.reject(secret) });
    const { status, text } = await call('GetSchedule', { doctorId: DOCTOR }, { 'x-request-id': 'r-9' });
    assert.equal(status, 500);
    assert.doesNotMatch(text, /hunter2/);
    assert.deepEqual(failures, [[secret, { requestId: 'r-9', method: `${BASE}/GetSchedule` }]]);
  });

  test('refuses what is no message, is too long, or is of no known type', async (t) => {
    const { call } = await openDoor(t);
    assert.equal((await call('GetSchedule', '{ "doctorId": ')).body.code, 'invalid_argument');
    assert.equal(
      (await call('GetSchedule', { doctorId: 'x'.repeat(70_000) })).body.code,
      'resource_exhausted',
    );
    assert.equal((await call('GetSchedule', '', { 'content-type': 'text/plain' })).status, 415);
    assert.equal((await call('Nothing', {})).status, 404);
  });

  test('the service knows who asks', async (t) => {
    const seen: unknown[] = [];
    const door = await openDoor(t, {
      getSchedule: (id) => {
        seen.push(door.current.getStore()?.username);
        return createFakeService().getSchedule(id);
      },
      async *watchDay() {
        yield { kind: 'reset' };
        await new Promise((resolve) => setTimeout(resolve, 10));
        seen.push(door.current.getStore()?.username);
      },
    });
    await door.call('GetSchedule', { doctorId: DOCTOR }, { authorization: 'Bearer desk' });
    await collect(connectClient(door.url, 'doc').streamDailyAppointments({}));
    assert.deepEqual(seen, ['desk', 'doc']);
  });

  test('a stream outlives the limit for answers, and ends with unavailable when the server closes', async (t) => {
    const ended = Promise.withResolvers<void>();
    const { app, url } = await openDoor(t, {
      async *watchDay(_query, { signal } = {}) {
        try {
          yield { kind: 'live', position: '1' };
          await hang(signal);
        } finally {
          ended.resolve();
        }
      },
    });
    const stream = connectClient(url).streamDailyAppointments({ watch: true })[Symbol.asyncIterator]();
    await stream.next();
    const end = assert.rejects(stream.next(), { code: Code.Unavailable });
    await new Promise((resolve) => setTimeout(resolve, 700));
    const began = performance.now();
    await app.close();
    await Promise.all([end, ended.promise]);
    assert.ok(performance.now() - began < 1_500, `${performance.now() - began} ms`);
  });

  test('a stream ends with the session', async (t) => {
    const sessions = createSessions();
    const ended = Promise.withResolvers<void>();
    const watchDay: Service['watchDay'] = async function* (_query, { signal } = {}) {
      try {
        yield { kind: 'live', position: '1' };
        await hang(signal);
      } finally {
        ended.resolve();
      }
    };
    const { url, failures } = await openDoor(t, { watchDay }, sessions.options);
    const watch = async (token: string) => {
      const stream = connectClient(url, token).streamDailyAppointments({})[Symbol.asyncIterator]();
      await stream.next();
      return stream;
    };
    const [stream, other] = [await watch('desk'), await watch('doc')];
    await eventually(() => sessions.checks() > 4);
    sessions.end('desk');
    await assert.rejects(stream.next(), { code: Code.Unauthenticated });
    await ended.promise;
    const goesOn = Promise.withResolvers<string>();
    setTimeout(() => goesOn.resolve('it goes on'), 200);
    assert.equal(await Promise.race([other.next(), goesOn.promise]), 'it goes on');
    assert.deepEqual(failures, []);
  });

  test('a stream to one who does not read ends with the session, and with the server', async (t) => {
    const sessions = createSessions();
    const appointment = sampleAppointment({ reason: 'x'.repeat(400) });
    const told = { count: 0 };
    const { app, url } = await openDoor(
      t,
      {
        async *watchDay() {
          for (; ; told.count += 1) yield { kind: 'appointment', appointment, position: '1' };
        },
      },
      sessions.options,
    );
    const watch = (token: string) => {
      const type = 'application/connect+json';
      const headers = { 'content-type': type, authorization: `Bearer ${token}` };
      const asking = request(`${url}${BASE}/StreamDailyAppointments`, {
        method: 'POST',
        headers,
        agent: false,
      });
      asking.once('response', (response) => response.pause()).on('error', () => {});
      asking.end(Buffer.from('\0\0\0\0\u0002{}', 'latin1'));
      t.after(() => asking.destroy());
    };
    const connections = () => promisify(app.server.getConnections).call(app.server);
    for (const token of ['desk', 'doc']) {
      const before = told.count;
      watch(token);
      await eventually(() => told.count > before + 100);
    }
    sessions.end('desk');
    await eventually(async () => (await connections()) === 1);
    const began = performance.now();
    await Promise.race([app.close(), new Promise((resolve) => setTimeout(resolve, 5_000).unref())]);
    assert.ok(performance.now() - began < 2_500, `${performance.now() - began} ms`);
  });

  test('a call whose time is over says so', async (t) => {
    const { call, failures } = await openDoor(t, {
      // As the client of gRPC does: it tells of a call that was broken off that nothing answers.
      getSchedule: (_id, { signal } = {}) => hang(signal).catch(() => Promise.reject(unavailable('gone'))),
    });
    const { status, body } = await call('GetSchedule', { doctorId: DOCTOR }, { 'connect-timeout-ms': '100' });
    assert.deepEqual([status, body.code], [504, 'deadline_exceeded']);
    assert.deepEqual(failures, []);
  });

  test('a client who leaves ends the work of the service', async (t) => {
    const ended = Promise.withResolvers<void>();
    const { url, failures } = await openDoor(t, {
      getSchedule(_id, { signal } = {}) {
        signal?.addEventListener('abort', () => ended.resolve());
        return hang(signal);
      },
    });
    const leave = new AbortController();
    const call = connectClient(url).getSchedule({ doctorId: DOCTOR }, { signal: leave.signal });
    setTimeout(() => leave.abort(), 100);
    await assert.rejects(call, { code: Code.Canceled });
    await ended.promise;
    assert.deepEqual(failures, []);
  });
});
