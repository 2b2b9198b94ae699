import assert from 'node:assert/strict';
import { once } from 'node:events';
import { suite, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, credentials, Metadata } from '@grpc/grpc-js';
import { notFound } from '../src/domain/index.ts';
import { createMetrics, type HandledCall } from '../src/observability/index.ts';
import type { ScheduleService } from '../src/service/index.ts';
import { observeCalls, openGrpcServer, openScheduleClient } from '../src/transport/grpc/index.ts';
import { eventually } from './contracts/index.ts';
import { collect } from './traces-support.ts';

const SERVICE = 'medcenter.schedule.v1.ScheduleService';
const DOCTOR = '01981a3e-0000-7000-8000-000000000001';
const SLOTS = { doctorId: DOCTOR, from: '2091-03-01', to: '2091-03-02' };
const DAY = { doctorId: DOCTOR, date: '2091-03-01', watch: true };

const refuse = async () => {
  throw notFound('doctor', DOCTOR);
};
/** Until the caller has left. */
const hang = (signal: AbortSignal | undefined) =>
  new Promise<never>((_resolve, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
  });

const SERVED: ScheduleService = {
  getSchedule: refuse,
  putSchedule: refuse,
  bookSlot: refuse,
  availableSlots: async () => [],
  async *watchDay() {
    yield { kind: 'reset' };
    yield { kind: 'live', position: '1' };
  },
};

/** A server, a client of it, and what was counted. */
async function open(t: TestContext, changes: Partial<ScheduleService> = {}) {
  const counted: HandledCall[] = [];
  const server = await openGrpcServer({
    host: '127.0.0.1',
    port: 0,
    service: { ...SERVED, ...changes },
    onError() {},
    interceptors: [observeCalls({ handled: (call) => counted.push(call) })],
    shutdownMs: 300,
  });
  t.after(() => server.close());
  const connect = (deadlineMs = 5_000) => {
    const client = openScheduleClient({ address: server.address, deadlineMs });
    t.after(() => client.close());
    return client;
  };
  const raw = new Client(server.address, credentials.createInsecure());
  t.after(() => raw.close());
  /** A call by hand, of bytes that may be no message. */
  const send = (path: string, request: Buffer): Promise<Buffer | undefined> => {
    const { promise, resolve, reject } = Promise.withResolvers<Buffer | undefined>();
    const same = (bytes: Buffer) => bytes;
    raw.makeUnaryRequest(path, same, same, request, new Metadata(), {}, (error, answer) =>
      error ? reject(error) : resolve(answer),
    );
    return promise;
  };
  const one = async (): Promise<Omit<HandledCall, 'seconds'>> => {
    const [{ seconds, ...call }] = await eventually(
      () => counted.length > 0 && ([...counted] as [HandledCall]),
    );
    assert.ok(seconds >= 0 && seconds < 10, `${seconds} s`);
    await sleep(50);
    assert.equal(counted.length, 1);
    return call;
  };
  return { server, connect, raw, send, counted, one };
}

suite('calls of gRPC are counted', () => {
  test('when they end well', async (t) => {
    const { connect, one } = await open(t);
    await connect().availableSlots(SLOTS);
    assert.deepEqual(await one(), {
      service: SERVICE,
      method: 'GetAvailableSlots',
      type: 'unary',
      code: 'OK',
    });
  });

  test('when they are refused', async (t) => {
    const { connect, one } = await open(t);
    await assert.rejects(connect().getSchedule(DOCTOR), { code: 'not_found' });
    assert.deepEqual(await one(), {
      service: SERVICE,
      method: 'GetSchedule',
      type: 'unary',
      code: 'NOT_FOUND',
    });
  });

  test('when they fail for no known reason', async (t) => {
    const availableSlots = async () => {
      throw new TypeError('a defect');
    };
    const { connect, one } = await open(t, { availableSlots });
    await assert.rejects(connect().availableSlots(SLOTS));
    assert.equal((await one()).code, 'INTERNAL');
  });

  test('when a stream ends', async (t) => {
    const { connect, one } = await open(t);
    assert.equal((await collect(connect().watchDay({ ...DAY, watch: false }))).length, 2);
    assert.deepEqual(await one(), {
      service: SERVICE,
      method: 'StreamDailyAppointments',
      type: 'server_stream',
      code: 'OK',
    });
  });

  test('when the caller leaves', async (t) => {
    const { connect, one } = await open(t, {
      availableSlots: async (_query, { signal } = {}) => hang(signal),
    });
    const leaving = new AbortController();
    const call = connect().availableSlots(SLOTS, { signal: leaving.signal });
    await sleep(100);
    leaving.abort();
    await assert.rejects(call);
    assert.equal((await one()).code, 'CANCELLED');
  });

  test('when the reader of a stream leaves', async (t) => {
    const { connect, one, counted } = await open(t, {
      async *watchDay(_query, { signal } = {}) {
        yield { kind: 'reset' };
        await hang(signal);
      },
    });
    for await (const { kind } of connect().watchDay(DAY)) {
      assert.equal(kind, 'reset');
      assert.equal(counted.length, 0);
      break;
    }
    assert.equal((await one()).code, 'CANCELLED');
  });

  test('when their time is over', async (t) => {
    const { raw, one } = await open(t, {
      availableSlots: async (_query, { signal } = {}) => hang(signal),
    });
    // A client that sets the limit, and does not hold it itself.
    const metadata = new Metadata();
    metadata.set('grpc-timeout', '100m');
    const path = `/${SERVICE}/GetAvailableSlots`;
    const same = (bytes: Buffer) => bytes;
    const call = raw.makeUnaryRequest(path, same, same, Buffer.alloc(0), metadata, {}, () => {});
    const [status] = await once(call, 'status');
    assert.equal(status.code, 4);
    assert.equal((await one()).code, 'DEADLINE_EXCEEDED');
  });

  test('when nobody can read the request, or it is too long', async (t) => {
    const { send, counted } = await open(t);
    const path = `/${SERVICE}/GetAvailableSlots`;
    await assert.rejects(send(path, Buffer.from([0xff, 0xff, 0xff])), { code: 13 });
    await assert.rejects(send(path, Buffer.alloc(300 * 1024)), { code: 8 });
    await eventually(() => counted.length === 2);
    assert.deepEqual(
      counted.map(({ method, code }) => [method, code]),
      [
        ['GetAvailableSlots', 'INTERNAL'],
        ['GetAvailableSlots', 'RESOURCE_EXHAUSTED'],
      ],
    );
  });

  test('also those of health, and those that the end of the server breaks off', async (t) => {
    const { server, send, connect, counted } = await open(t, {
      async *watchDay(_query, { signal } = {}) {
        yield { kind: 'reset' };
        await hang(signal);
      },
    });
    await send('/grpc.health.v1.Health/Check', Buffer.alloc(0));
    await eventually(() => counted.length === 1);
    const events = connect().watchDay(DAY)[Symbol.asyncIterator]();
    await events.next();
    const over = assert.rejects(async () => {
      while (!(await events.next()).done);
    });
    await server.close();
    await over;
    await eventually(() => counted.length === 2);
    assert.deepEqual(
      counted.map(({ service, method, code }) => [service, method, code]),
      [
        ['grpc.health.v1.Health', 'Check', 'OK'],
        [SERVICE, 'StreamDailyAppointments', 'UNAVAILABLE'],
      ],
    );
  });

  test('under names that others know', async (t) => {
    const metrics = createMetrics('schedule');
    const server = await openGrpcServer({
      host: '127.0.0.1',
      port: 0,
      service: SERVED,
      onError() {},
      interceptors: [observeCalls(metrics)],
    });
    t.after(() => server.close());
    const client = openScheduleClient({ address: server.address });
    t.after(() => client.close());
    await client.availableSlots(SLOTS);
    const labels = `grpc_service="${SERVICE}",grpc_method="GetAvailableSlots",grpc_type="unary",grpc_code="OK"`;
    const text = await eventually(async () => {
      const found = await metrics.registry.metrics();
      return found.includes(`grpc_server_handled_total{${labels}} 1`) && found;
    });
    assert.ok(text.includes(`grpc_server_handling_seconds_count{${labels}} 1`));
  });
});
